/** What calls are answered, held against what the auditor knows to be true. */
import { type Refusal } from "#budget";
import { type Instant } from "#units";
import { type Auditor, type Truth } from "./auditor.ts";
import { type Call, type Wish } from "./calls.ts";
import { type Holder } from "./holder.ts";
import { labelOf } from "./labels.ts";
import { takenOf } from "./quantities.ts";
import { type Admission, type Hold } from "./room.ts";
import { type Options } from "./options.ts";
import { countRefusal, type Tally } from "./tally.ts";

/** No call waits longer. */
export const WAIT_MS_MAX = 10_000;
/** More than any call waits without a word from the authority. */
const SILENT_MS_MAX = 3_500;

export type Answered = Exclude<Admission, { type: "waiting" }>;

/** What an answer is held against. */
export interface Circumstances {
  readonly options: Options;
  readonly auditor: Auditor;
  readonly tally: Tally;
  readonly now: Instant;
  readonly authorityPausedUntil: number;
  ask(holder: Holder, wish: Wish): Call;
  note(line: string): void;
  /** The definitions' revision that a holder knows for an account; 0 when it has none. */
  revisionOf(holder: Holder, truth: Truth): number;
}

export class Answers {
  readonly #world: Circumstances;

  constructor(world: Circumstances) {
    this.#world = world;
  }

  take(holder: Holder, call: Call, admission: Answered): void {
    if (admission.type === "admitted") return this.#admitted(holder, call, admission.hold);
    if (admission.type === "degrade") return this.#degraded(holder, call, admission.refusal);
    this.#refused(holder, call, admission.refusal);
  }

  #admitted(holder: Holder, call: Call, hold: Hold): void {
    this.#world.tally.admitted += 1;
    if (hold.cap !== undefined) this.#clamped(call, hold, hold.cap);
    if (hold.amount !== call.amount) throw new Error("the hold is not what was asked for");
    call.hold = hold;
    call.state = "held";
    holder.calls.add(call);
    const accounts = this.#world.auditor.accountsOf(call.spender, hold.at);
    this.#world.auditor.change(accounts, holder.id, ({ budget }) => ({ held: takenOf(budget, call) }));
    this.#world.auditor.checkAdmitted(accounts, call, (truth) => this.#world.revisionOf(holder, truth));
    for (const room of Object.values(holder.budgets.headroom(hold)))
      if (room.left < 0n || !this.#world.auditor.definitions.some(({ id }) => id === room.budget))
        throw new Error("no such room");
  }

  /** Smaller only where a budget asks for it or would have refused, and then as large as it can be. */
  #clamped(call: Call, { at, amount }: Hold, cap: number): void {
    const { clamp, since } = call;
    if (clamp === undefined || cap < clamp.capMin || cap >= clamp.capMax) throw new Error(`clamped to ${cap}`);
    const accounts = this.#world.auditor.accountsOf(call.spender, at);
    const isPressed = accounts.some((truth) => this.#world.auditor.mayPress(truth, "clamp"));
    const larger = { ...call, ...clamp.sizeAt(cap + 1) };
    // What a silent holder may still use counts as used, for clamps as for refusals.
    const { loss, pause, crash, authorityCrash } = this.#world.options;
    const isHeard = loss + pause + crash + authorityCrash === 0;
    if (isHeard && !isPressed && accounts.every((truth) => this.#world.auditor.fitted(truth, larger, since)))
      throw new Error(`clamped to ${cap}, and ${cap + 1} would have fitted`);
    Object.assign(call, clamp.sizeAt(cap));
    if (amount !== call.amount) throw new Error("the hold is not that of its cap");
    this.#world.tally.clamped += 1;
  }

  #degraded(holder: Holder, call: Call, refusal: Refusal | undefined): void {
    if (!call.mayDegrade) throw new Error("nobody offered a cheaper target");
    call.state = "ended";
    call.refusal = refusal;
    this.#world.tally.degraded += 1;
    const accounts = this.#world.auditor.accountsOf(call.spender, this.#world.now);
    const isDue = accounts.some(
      (truth) => this.#world.auditor.mayPress(truth, "degrade") || !this.#world.auditor.fitted(truth, call, call.since),
    );
    // A period may have ended since; its pressure has nothing to do with the new one.
    const isRenewed = accounts.some(({ budget }) => labelOf(budget, this.#world.now) !== labelOf(budget, call.askedAt));
    const isHeard = refusal === undefined || !("isComplete" in refusal) || refusal.isComplete;
    if (!isDue && isHeard && !isRenewed) throw new Error("degraded without need");
    const { isFirst, spender } = call;
    this.#world.ask(holder, {
      spender: { ...spender, provider: "south" },
      amount: call.amount / 3n,
      tokens: call.tokens,
      isFirst,
      clamp: undefined,
      mayDegrade: false,
    });
  }

  #refused(holder: Holder, call: Call, refusal: Refusal): void {
    call.state = "ended";
    call.refusal = refusal;
    this.#world.note(`${call.id} ${call.amount} refused: ${JSON.stringify(refusal, plain)}`);
    countRefusal(this.#world.tally, refusal);
    this.#checkSilence(holder, call, refusal);
    const budget = this.#world.auditor.definitions.find(({ id }) => id === refusal.budget);
    const actions = budget?.thresholds.map(({ action }) => action) ?? [];
    if ("isComplete" in refusal && call.mayDegrade && actions.includes("degrade"))
      throw new Error("refused though a cheaper target was offered");
    const isClamped = call.clamp !== undefined && actions.includes("clamp");
    const asked = isClamped ? { ...call, ...call.clamp?.sizeAt(call.clamp.capMin) } : call;
    this.#world.auditor.checkRefused(this.#world.auditor.accountsOf(call.spender, this.#world.now), asked, {
      refusal,
      since: call.since,
    });
  }

  /** Lost words are said again, and those that come late or twice hold nobody up. */
  #checkSilence({ pausedUntil }: Holder, { askedAt }: Call, refusal: Refusal): void {
    const { loss, pause, crash, authorityCrash } = this.#world.options;
    if ("isComplete" in refusal && !refusal.isComplete && loss + pause + crash + authorityCrash === 0)
      throw new Error("refused for a silent holder, and nobody was silent");
    // Of words that are said twenty times all are lost once in a hundred thousand calls when a quarter of them is lost.
    if (refusal.code !== "budget_unreachable" || loss > 0.15) return;
    const wokeAt = Math.max(pausedUntil, this.#world.authorityPausedUntil);
    if (this.#world.now > wokeAt + SILENT_MS_MAX && this.#world.now < askedAt + WAIT_MS_MAX)
      throw new Error("refused for silence, and nobody was silent");
  }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}
