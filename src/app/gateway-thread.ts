/** The program of a gateway thread: one gateway on the shared port, its own journal, and the way back to the main thread. */
import { createSecretKey } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { getHeapStatistics } from "node:v8";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type ToAuthority } from "#budget";
import { allowedOrigins, type Config, type SealedConfig } from "#config";
import { CallBudgets, Gateway, type Snapshot } from "#gateway";
import { JournalWriter } from "#journal";
import { wireFormats } from "#providers";
import { assert } from "#std";
import { realWorld, type World } from "#world";
import { AnswerClaims } from "./answer-claims.ts";
import { compileSealed } from "./compile.ts";
import { type FromThread, type ThreadOpening, type ToThread } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { tlsIdentity } from "./tls-identity.ts";
import { TokenCounter } from "./token-counter.ts";
import { TracesLine } from "./traces-line.ts";

const REPORT_EVERY_MS = 1000;

async function runThread(world: World, main: MessagePort, opening: ThreadOpening): Promise<void> {
  const { config, snapshot } = await compileSealed(opening.config);
  const { ofCalls, ofCredentials } = allowedOrigins(config);
  world.network.allow(ofCalls, ofCredentials);
  const journal = openJournal(world, { opening, config });
  if (!journal.ok) {
    const detail = `the journal cannot be written: ${journal.error.type} (${journal.error.path})`;
    main.postMessage({ type: "failed", detail } satisfies FromThread);
    return;
  }
  const thread = new GatewayThread(world, { main, opening, config, snapshot, journal: journal.value });
  await thread.listen();
}

function openJournal(world: World, { opening, config }: { readonly opening: ThreadOpening; readonly config: Config }) {
  return JournalWriter.open({
    disk: world.disk,
    clock: world.clock,
    folder: opening.journalFolder,
    node: opening.node,
    thread: opening.thread,
    incarnation: String(opening.incarnation),
    fsync: config.journal.fsync,
    segmentBytes: config.journal.segmentBytes,
  });
}

interface Parts {
  readonly main: MessagePort;
  readonly opening: ThreadOpening;
  readonly config: Config;
  readonly snapshot: Snapshot;
  readonly journal: JournalWriter;
}

class GatewayThread {
  readonly #world: World;
  readonly #parts: Parts;
  readonly #claims: AnswerClaims;
  readonly #gateway: Gateway;
  readonly #budgets: CallBudgets;
  readonly #asks: Outbox<ToAuthority>;
  readonly #traces: TracesLine;
  readonly #counter: TokenCounter;
  #isJournalBroken = false;
  #config: Config;

  constructor(world: World, parts: Parts) {
    const { opening, main } = parts;
    this.#world = world;
    this.#parts = parts;
    this.#config = parts.config;
    this.#claims = new AnswerClaims((claim, answer) => this.#tell({ type: "claim", claim, answer }));
    const { holder, definitions, revision } = opening.budgets;
    this.#asks = new Outbox(world.clock, (messages) => this.#tell({ type: "authority", messages }));
    this.#budgets = new CallBudgets({ clock: world.clock, holder, send: (message) => this.#asks.put(message) });
    this.#budgets.apply(definitions, revision);
    parts.journal.sumUpWith(() => this.#budgets.soFar());
    this.#traces = new TracesLine(world, opening.intake);
    this.#counter = new TokenCounter(world.clock, (thrown) => this.#countingFailed(thrown));
    this.#gateway = new Gateway({
      traces: this.#traces,
      world,
      log: (level, event, facts) => this.#tell({ type: "log", level, event, facts }),
      formats: wireFormats,
      journal: parts.journal,
      snapshot: parts.snapshot,
      pepper: createSecretKey(Buffer.from(opening.pepper, "hex")),
      pins: { tell: (pin) => this.#tell({ type: "pin", pin }), claim: (answer) => this.#claims.ask(answer) },
      budgets: this.#budgets,
      counter: this.#counter,
      threads: opening.threads,
      limits: parts.config.limits,
      tls: tlsIdentity(parts.config),
      cacheFolder: opening.cacheFolder,
      hasTracesServer: opening.otlpPort !== undefined,
      heapShare,
    });
    this.#gateway.applyKeys({ type: "keys-put", records: opening.keys });
    for (const pin of opening.pins) this.#gateway.learnPin(pin);
    this.#allow();
    main.on("message", (message: ToThread) => void this.#obey(message));
  }

  async listen(): Promise<void> {
    const { where, otlpPort } = this.#parts.opening;
    if (!(await this.#listenOn(this.#gateway.server, where))) return;
    const { tracesServer } = this.#gateway;
    if (tracesServer !== undefined && otlpPort !== undefined)
      if (!(await this.#listenOn(tracesServer, { ...where, port: otlpPort }))) return;
    this.#world.clock.every(REPORT_EVERY_MS, () => this.#report());
    this.#tell({ type: "up" });
  }

  async #listenOn(server: Gateway["server"], where: ThreadOpening["where"]): Promise<boolean> {
    const listening = await this.#world.network.listen(server, where);
    if (listening.ok) return true;
    const detail = `cannot listen on ${where.host}:${where.port}: ${listening.error.detail}`;
    this.#tell({ type: "failed", detail });
    return false;
  }

  #allow(): void {
    const { ofCalls, ofCredentials } = allowedOrigins(this.#config);
    this.#world.network.allow([...ofCalls, ...this.#traces.origins], ofCredentials);
  }

  #tell(message: FromThread): void {
    this.#parts.main.postMessage(message);
  }

  #report(): void {
    this.#tell({ type: "report", connections: this.#gateway.connections, metrics: this.#gateway.metrics() });
    const uses = this.#gateway.takeKeyUses();
    if (uses.length > 0) this.#tell({ type: "keys-used", uses });
    this.#reportBudgets();
    const { problem } = this.#parts.journal;
    if ((problem !== undefined) === this.#isJournalBroken) return;
    this.#isJournalBroken = problem !== undefined;
    const facts = { problem: problem?.type };
    this.#tell({ type: "log", level: problem ? "error" : "info", event: "journal-writable", facts });
  }

  #countingFailed(thrown: unknown): void {
    const detail = thrown instanceof Error ? thrown.message : "unknown";
    this.#tell({ type: "log", level: "warn", event: "token-counter-died", facts: { detail } });
  }

  #reportBudgets(): void {
    this.#budgets.tell();
    this.#asks.flush();
    const news = this.#budgets.news.take();
    if (news !== undefined) this.#tell({ type: "budget-news", news });
  }

  #obey(message: ToThread): void | Promise<void> {
    switch (message.type) {
      case "config":
        return this.#swap(message.config);
      case "claimed":
        return this.#claims.answered(message.claim, message.isGranted);
      case "budgets":
        return this.#budgets.apply(message.definitions, message.revision);
      case "authority":
        return this.#budgets.receive(message.messages);
      case "correct":
        for (const event of message.events) this.#gateway.correct(event);
        return;
      case "intake":
        this.#traces.connect(message.line);
        this.#allow();
        return;
      case "drain":
        return this.#drain(message);
      default:
        return this.#tellGateway(message);
    }
  }

  #tellGateway(message: Extract<ToThread, { type: "keys" | "pin" | "admission" | "shed" | "forget-answers" }>): void {
    const gateway = this.#gateway;
    switch (message.type) {
      case "keys":
        gateway.applyKeys(message.delta);
        return this.#tell({ type: "keys-known", change: message.change });
      case "pin":
        return gateway.learnPin(message.pin);
      case "admission":
        return gateway.admit(message.isOpen);
      case "shed":
        return gateway.shed();
      case "forget-answers":
        return gateway.forgetAnswers(message.which);
    }
  }

  async #swap(sealed: SealedConfig): Promise<void> {
    const { config, snapshot } = await compileSealed(sealed);
    this.#config = config;
    this.#allow();
    this.#gateway.swap(snapshot);
    const tls = tlsIdentity(config);
    if (tls !== undefined) this.#gateway.renewTls(tls);
  }

  async #drain({ delayMs, withinMs }: Extract<ToThread, { type: "drain" }>): Promise<void> {
    if (delayMs > 0) {
      this.#gateway.leave(delayMs);
      await this.#world.clock.sleep(delayMs);
    }
    await this.#gateway.drain(withinMs);
    this.#report();
    const sealed = this.#parts.journal.seal();
    if (sealed.ok) {
      this.#budgets.leave();
      this.#asks.flush();
    } else {
      const facts = { problem: sealed.error.type };
      this.#tell({ type: "log", level: "error", event: "journal-not-sealed", facts });
    }
    // A thread does not end before those that it started.
    this.#counter.close();
    this.#parts.main.close();
  }
}

// V8 takes what many calls make alike for long-lived and makes it in old memory. There a dead call keeps its living
// neighbours alive: a scavenge took 9 to 20 ms in place of 1 to 4 and moved 4.5 MB in place of nothing.
setFlagsFromString("--no-allocation-site-pretenuring");
// What a scavenge finds alive is the few calls that run: to share that among four threads costs more than doing it.
setFlagsFromString("--no-parallel-scavenge");
// A call goes through some hundred small functions. More of them are compiled into those that call them than V8 does by itself.
setFlagsFromString("--max-inlined-bytecode-size=1000");
setFlagsFromString("--max-inlined-bytecode-size-cumulative=2500");

/** Of what this thread's heap may grow to. */
function heapShare(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
}

assert(parentPort !== null, "a gateway thread has a main thread");
await runThread(realWorld(), parentPort, workerData);
