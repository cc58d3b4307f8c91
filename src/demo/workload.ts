import { assert } from "#std";
import { Secret } from "#units";
import { type World } from "#world";
import { builtInTrace } from "./built-in-trace.ts";
import { type PlannedUse, planUses } from "./plan-uses.ts";
import { chat, type PlannedCall } from "./planned-call.ts";
import { type BadTraceLine } from "./trace.ts";
import { type MadeStep, toldUse } from "./told-use.ts";
import { type Trace } from "./trace-file.ts";
import { type CallOutcome, WorkloadClient } from "./workload-client.ts";

/** The key that a team's clients use. */
export interface DemoKey {
  readonly team: string;
  readonly secret: Secret;
}

export interface WorkloadOptions {
  readonly world: World;
  /** Of the gateway's data plane, such as http://127.0.0.1:4000. */
  readonly baseUrl: string;
  /** One for each of `demoTeams`. */
  readonly keys: readonly DemoKey[];
  readonly seed: string | number;
  /** 1 keeps the times of the trace, 10 is ten times as fast. */
  readonly speed: number;
  /** From `openTrace`; without one the built-in workload runs, which has no end. */
  readonly trace?: Trace;
  /** A provider's own address, which a script of the company calls now and then by itself. None does without it. */
  readonly pastGateway?: string;
  /** Told of each line of the trace that cannot be used. */
  readonly onBadLine?: (bad: BadTraceLine) => void;
}

interface WorkloadProgress {
  readonly uses: number;
  /** Tries included. */
  readonly calls: number;
  readonly retries: number;
  readonly answered: number;
  /** Answered with an error, of the gateway or of a provider. */
  readonly failed: number;
  readonly broken: number;
  readonly hungUp: number;
  readonly notReached: number;
  /** Uses that were left out because too many were running. */
  readonly skipped: number;
  readonly badLines: number;
}

export interface Workload {
  progress(): WorkloadProgress;
  /** Resolves when a trace has come to its end and its calls too; never for the built-in one. */
  readonly finished: Promise<void>;
  /** Begins no more uses and waits for those that run, no longer than `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const USES_AT_ONCE_MAX = 200;
const RETRIES_MAX = 2;
const FIRST_RETRY_MS = 500;
const GRACE_MS = 2000;
const STEP_MS_MAX = 1000;
/** One in so many uses: a script that somebody wrote before there was a gateway. */
const PAST_GATEWAY_EVERY = 50;
const scriptKey = new Secret("sk-of-a-script");
const badKey = new Secret("tare-no-such-key");

/** Not counted: nothing of the workload, and nothing that the gateway knows of. */
const nightlyScript = chat({
  model: "gpt-4.1-mini",
  context: "Titles of the shop's products. ".repeat(40),
  question: "Which of these titles are wrong?",
  outputTokens: 120,
});

/** Clients of an invented company, calling the gateway. Everything they do is a real call; nothing is written by them. */
export function startWorkload(options: WorkloadOptions): Workload {
  const running = new RunningWorkload(options);
  return { progress: () => running.progress(), finished: running.run(), stop: (graceMs) => running.stop(graceMs) };
}

type Counts = { -readonly [Name in keyof WorkloadProgress]: number };

class RunningWorkload {
  readonly #options: WorkloadOptions;
  readonly #client: WorkloadClient;
  readonly #past: WorkloadClient | undefined;
  readonly #keys: ReadonlyMap<string, Secret>;
  readonly #running = new Set<Promise<void>>();
  readonly #counts: Counts = {
    uses: 0,
    calls: 0,
    retries: 0,
    answered: 0,
    failed: 0,
    broken: 0,
    hungUp: 0,
    notReached: 0,
    skipped: 0,
    badLines: 0,
  };
  #isStopped = false;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#client = new WorkloadClient(options.baseUrl, options.world.clock);
    const { pastGateway, world } = options;
    this.#past = pastGateway === undefined ? undefined : new WorkloadClient(pastGateway, world.clock);
    this.#keys = new Map(options.keys.map(({ team, secret }) => [team, secret]));
  }

  progress(): WorkloadProgress {
    return { ...this.#counts };
  }

  async run(): Promise<void> {
    const { world, speed, trace, onBadLine } = this.#options;
    const seed = String(this.#options.seed);
    const startedMs = world.clock.monotonicMs();
    for (const planned of planUses(trace?.rows() ?? builtInTrace(seed), seed)) {
      if (planned.type === "bad-line") {
        this.#counts.badLines++;
        onBadLine?.(planned);
        continue;
      }
      await this.#waitUntil(startedMs + planned.atMs / speed);
      if (this.#isStopped) break;
      this.#begin(planned);
    }
    await Promise.all(this.#running);
    this.#close();
  }

  async stop(graceMs = GRACE_MS): Promise<void> {
    this.#isStopped = true;
    await Promise.race([Promise.all(this.#running), this.#options.world.clock.sleep(graceMs)]);
    this.#close();
  }

  #close(): void {
    this.#client.close();
    this.#past?.close();
  }

  /** In steps, so that `stop` does not have to wait for a long pause of a trace. */
  async #waitUntil(atMs: number): Promise<void> {
    const { clock } = this.#options.world;
    while (!this.#isStopped) {
      const leftMs = atMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await clock.sleep(Math.min(leftMs, STEP_MS_MAX));
    }
  }

  #begin(use: PlannedUse): void {
    if (this.#running.size >= USES_AT_ONCE_MAX) {
      this.#counts.skipped++;
      return;
    }
    this.#counts.uses++;
    if (this.#counts.uses % PAST_GATEWAY_EVERY === 0)
      void this.#past?.send(nightlyScript, { key: scriptKey, headers: {}, hangUpAfterMs: undefined });
    const running = this.#make(use);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** The calls and steps of one use, one after the other; the use ends when a call does not succeed, and is told of then. */
  async #make(use: PlannedUse): Promise<void> {
    const { clock } = this.#options.world;
    const from = clock.now();
    const steps: MadeStep[] = [];
    const last = use.calls.at(-1);
    let isWhole = true;
    for (const [place, call] of use.calls.entries()) {
      await this.#work(use, { places: [place, place + 1], steps });
      const outcome = await this.#call(call, { use, hangUpAfterMs: call === last ? use.hangUpAfterMs : undefined });
      isWhole = outcome.type === "answered" && outcome.status < 400;
      if (!isWhole) break;
    }
    if (isWhole) await this.#work(use, { places: [use.calls.length, Infinity], steps });
    const key = this.#keys.get(use.team);
    const isNews = steps.length > 0 || (isWhole && use.outcome !== undefined);
    if (!isNews || use.hasBadKey || key === undefined) return;
    const told = toldUse(use, { from, to: clock.now(), steps, isWhole });
    await this.#client.send(told, { key, headers: {}, hangUpAfterMs: undefined });
  }

  /** The use's own steps whose turn is from one place until before another. It takes the time that they take. */
  async #work(
    use: PlannedUse,
    { places: [first, end], steps }: { places: readonly [number, number]; steps: MadeStep[] },
  ): Promise<void> {
    const { clock } = this.#options.world;
    for (const step of use.steps) {
      const isLater = step.before >= end && end !== Infinity;
      if (step.before < first || isLater) continue;
      const from = clock.now();
      await clock.sleep(step.ms);
      steps.push({ step, from, to: clock.now() });
    }
  }

  /** As the official clients do, tries again twice after what may pass and says so. */
  async #call(
    call: PlannedCall,
    { use, hangUpAfterMs }: { use: PlannedUse; hangUpAfterMs: number | undefined },
  ): Promise<CallOutcome> {
    const { clock, chance } = this.#options.world;
    const known = this.#keys.get(use.team);
    assert(known !== undefined, "each team of the demo has a key");
    const key = use.hasBadKey ? badKey : known;
    for (let retry = 0; ; retry++) {
      const headers = { ...use.attribution, "x-stainless-retry-count": String(retry) };
      const outcome = await this.#client.send(call, { key, headers, hangUpAfterMs });
      this.#count(outcome, retry);
      const mayRetry = outcome.type === "not-reached" || (outcome.type === "answered" && outcome.mayRetry);
      if (!mayRetry || retry === RETRIES_MAX || this.#isStopped) return outcome;
      await clock.sleep(FIRST_RETRY_MS * 2 ** retry * (0.75 + chance.fraction() / 4));
    }
  }

  #count(outcome: CallOutcome, retry: number): void {
    const counts = this.#counts;
    counts.calls++;
    if (retry > 0) counts.retries++;
    if (outcome.type === "answered" && outcome.status < 400) counts.answered++;
    if (outcome.type === "answered" && outcome.status >= 400) counts.failed++;
    if (outcome.type === "broken") counts.broken++;
    if (outcome.type === "hung-up") counts.hungUp++;
    if (outcome.type === "not-reached") counts.notReached++;
  }
}
