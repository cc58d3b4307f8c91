/** What becomes of admitted calls: dispatch, settlement, release, correction, each journaled as the gateway would. */
import { type AttemptCorrected, type AttemptDispatched, type Settlement } from "#events";
import { money } from "#units";
import { type Call, correctionOf, dispatchOf, settledOf, settlementOf } from "./calls.ts";
import { type Holder } from "./holder.ts";
import { labelOf } from "./labels.ts";
import { type World } from "./world.ts";

/** Doubt is released until a minute after the end of its period. */
const CLOSE_AFTER_MS = 60_000;

interface Ended {
  readonly dispatched: AttemptDispatched;
  readonly settlement: Settlement;
  /** Whose doubt it is. */
  readonly holder: string;
}

export class Books {
  readonly #world: World;
  /** Settled attempts that may be corrected later. */
  #ended: Ended[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** The next thing in the life of a call. */
  progress(holder: Holder, call: Call): void {
    const { random } = this.#world;
    if (call.state === "held" && random.isBelow(0.15)) this.release(holder, call);
    else if (call.state === "held") this.#dispatch(holder, call);
    else if (call.state === "dispatched") this.#settle(holder, call);
  }

  /** Ends the call as quietly as possible. */
  release(holder: Holder, call: Call): void {
    const { auditor, tally } = this.#world;
    if (call.hold === undefined) return;
    this.#end(holder, call);
    tally.released += 1;
    auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, { held: -call.amount });
    if (!holder.budgets.release(call.hold, this.#world.now)) throw new Error("a hold was ended before its end");
    if (holder.budgets.release(call.hold, this.#world.now)) throw new Error("a hold was released twice");
  }

  correct(holder: Holder): void {
    const { auditor, random, now, tally } = this.#world;
    const ended = this.#ended[random.between(0, this.#ended.length - 1)];
    if (ended === undefined) return;
    this.#ended = this.#ended.filter((each) => each !== ended);
    const after = settlementOf({ type: "priced", nanos: money(BigInt(random.between(0, 60))) }, 0n, now);
    const event: AttemptCorrected = correctionOf(ended.dispatched, { before: ended.settlement, after });
    holder.journal.push(event);
    const [was, is] = [chargeOf(ended.settlement, ended.dispatched), chargeOf(after, ended.dispatched)];
    const spent = is.spent - was.spent;
    const released = was.inDoubt - is.inDoubt;
    const later = auditor.accountsOf(ended.dispatched, now);
    auditor.change(later, holder.id, { spent, beyond: spent > 0n ? spent : 0n });
    const at = ended.dispatched.at;
    const open = auditor.accountsOf(ended.dispatched, at).filter(({ budget, label }) => {
      return labelOf(budget, Math.max(at, now - CLOSE_AFTER_MS)) === label;
    });
    auditor.change(open, holder.id, { inDoubt: -released });
    tally.corrections += 1;
    this.#world.note(
      `${holder.id} corrects ${ended.dispatched.attempt}: ${spent} more spent, ${released} less in doubt`,
    );
    holder.budgets.correct(event);
  }

  /** Died with the thread: held money that was not dispatched is free, what was dispatched is in doubt. */
  forgetHeld(holder: Holder): void {
    const { auditor } = this.#world;
    for (const call of holder.calls) {
      if (call.hold === undefined) continue;
      const inDoubt = call.state === "dispatched" ? call.amount : 0n;
      auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, { held: -call.amount, inDoubt });
      call.state = "ended";
    }
  }

  #dispatch(holder: Holder, call: Call): void {
    if (call.hold === undefined) return;
    holder.journal.push(dispatchOf(call, call.hold.at));
    call.state = "dispatched";
    this.#world.note(`${holder.id} dispatches ${call.id}`);
  }

  #settle(holder: Holder, call: Call): void {
    const { auditor, random, now, options, tally } = this.#world;
    if (call.hold === undefined) return;
    const isOver = random.isBelow(options.overrun);
    const spent = BigInt(random.between(0, Number(call.amount))) + (isOver ? call.amount : 0n);
    const rest = call.amount - spent;
    const residual = rest > 0n && random.isBelow(0.2) ? rest : 0n;
    const settlement = random.isBelow(0.1)
      ? settlementOf({ type: "unpriced", reason: "no rate" }, 0n, now)
      : settlementOf({ type: "priced", nanos: money(spent) }, residual, now);
    const dispatched = dispatchOf(call, call.hold.at);
    const charge = chargeOf(settlement, dispatched);
    const beyond = charge.spent + charge.inDoubt - call.amount;
    holder.journal.push(settledOf(call, settlement));
    this.#end(holder, call);
    this.#ended.push({ dispatched, settlement, holder: holder.id });
    tally.settled += 1;
    if (beyond > 0n) tally.overruns += 1;
    this.#world.note(
      `${holder.id} settles ${call.id}: ${charge.spent} spent, ${charge.inDoubt} in doubt of ${call.amount}`,
    );
    const change = { ...charge, held: -call.amount, beyond: beyond > 0n ? beyond : 0n };
    auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, change);
    const told = { spent: charge.spent, residual: charge.inDoubt };
    if (!holder.budgets.settle(call.hold, told, now)) throw new Error("a hold was ended before its end");
    if (random.isBelow(0.1) && holder.budgets.settle(call.hold, told, now)) throw new Error("a hold was settled twice");
  }

  #end(holder: Holder, call: Call): void {
    call.state = "ended";
    holder.calls.delete(call);
  }
}

/** What nobody can price stays in doubt as a whole. */
function chargeOf({ cost, residual }: Settlement, { bound }: AttemptDispatched): { spent: bigint; inDoubt: bigint } {
  if (cost.type === "unpriced") return { spent: 0n, inDoubt: bound.type === "unknown" ? 0n : bound.nanos };
  return { spent: cost.nanos, inDoubt: residual };
}
