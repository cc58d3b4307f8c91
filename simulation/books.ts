/** What becomes of admitted calls: dispatch, settlement, release, correction, each journaled as the gateway would. */
import { type AttemptCorrected, type AttemptDispatched, type Settlement } from "#events";
import { type Instant, money } from "#units";
import { type Call, correctionOf, dispatchOf, settledOf, settlementOf } from "./calls.ts";
import { type Holder } from "./holder.ts";
import { labelOf } from "./labels.ts";
import { type LedgerAuditor } from "./ledger-auditor.ts";
import { type Auditor, type Truth } from "./auditor.ts";
import { type Options } from "./options.ts";
import { chargedOf, CLOSE_AFTER_MS, lostOf, sizedOf, takenOf } from "./quantities.ts";
import { type Random } from "./random.ts";
import { type Site } from "./site.ts";
import { type Tally } from "./tally.ts";

interface Ended {
  readonly dispatched: AttemptDispatched;
  readonly settlement: Settlement;
  /** Whose doubt it is. */
  readonly holder: string;
}

/** What calls happen in. */
interface Surroundings {
  readonly options: Options;
  readonly random: Random;
  readonly auditor: Auditor;
  readonly ledgerAuditor: LedgerAuditor;
  readonly tally: Tally;
  readonly site: Site;
  readonly now: Instant;
  note(line: string): void;
  touch(holder: Holder): void;
}

export class Books {
  readonly #world: Surroundings;
  /** Settled attempts that may be corrected later. */
  #ended: Ended[] = [];
  /** Answers that providers went on to make, and of them those that threads know. */
  readonly #stored = new Map<string, Ended>();
  readonly #known = new Map<string, Ended>();
  /** Died with the thread that was to journal their release. */
  readonly #unheard = new Set<string>();

  constructor(world: Surroundings) {
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
    auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, ({ budget }) => ({
      held: -takenOf(budget, call),
    }));
    this.#world.touch(holder);
    if (!holder.budgets.release(call.hold, this.#world.now)) throw new Error("a hold was ended before its end");
    if (holder.budgets.release(call.hold, this.#world.now)) throw new Error("a hold was released twice");
  }

  correct(holder: Holder): void {
    const { random } = this.#world;
    const ended = this.#ended[random.between(0, this.#ended.length - 1)];
    if (ended === undefined) return;
    this.#ended = this.#ended.filter((each) => each !== ended);
    this.#correct(holder, ended);
  }

  /** A client reads an answer that a provider went on to make; whoever reads it first books what it has cost. */
  async read(holder: Holder): Promise<void> {
    const { random } = this.#world;
    const [answer, ended] = [...this.#known][random.between(0, this.#known.size - 1)] ?? [];
    if (answer === undefined || ended === undefined) return;
    this.#world.tally.answersRead += 1;
    if ((await holder.claims.ask(answer)) && holder.isAlive) this.#correct(holder, ended);
  }

  learnAnswer(answer: string): void {
    const ended = this.#stored.get(answer);
    if (ended !== undefined) this.#known.set(answer, ended);
  }

  /** Everybody who knew of them has died. */
  forgetAnswers(): void {
    this.#known.clear();
  }

  #correct(holder: Holder, ended: Ended): void {
    const { auditor, random, now, tally } = this.#world;
    const cost = { type: "priced", nanos: money(BigInt(random.between(0, 60))) } as const;
    const usage = { output_text: random.between(0, 40) };
    const { isStored, upstreamId } = ended.settlement;
    const after = { ...settlementOf({ cost, residual: 0n, usage }, now), isStored, upstreamId };
    const event: AttemptCorrected = correctionOf(ended.dispatched, { before: ended.settlement, after });
    this.#write(holder, event);
    const sized = sizedOf(ended.dispatched);
    const change = ({ budget }: Truth) => {
      const [was, is] = [chargedOf(budget, sized, ended.settlement), chargedOf(budget, sized, after)];
      return { spent: is.spent - was.spent, inDoubt: is.inDoubt - was.inDoubt };
    };
    const later = auditor.accountsOf(ended.dispatched, now);
    auditor.change(later, holder.id, (truth) => {
      const { spent } = change(truth);
      return { spent, beyond: spent > 0n ? spent : 0n };
    });
    const at = ended.dispatched.at;
    const open = auditor.accountsOf(ended.dispatched, at).filter(({ budget, label }) => {
      return labelOf(budget, Math.max(at, now - CLOSE_AFTER_MS)) === label;
    });
    auditor.change(open, holder.id, (truth) => ({ inDoubt: change(truth).inDoubt }));
    tally.corrections += 1;
    this.#world.note(`${holder.id} corrects ${ended.dispatched.attempt} to ${cost.nanos}`);
    this.#world.touch(holder);
    holder.doubtful.push(event);
    holder.budgets.correct(event);
  }

  /** A day later: what cancelled attempts left in doubt is given back, by any thread. */
  releaseResiduals(holder: Holder): void {
    const { site, now } = this.#world;
    this.takeReleased(holder, site.residualsDue(now));
    this.checkReleased();
  }

  /** A thread journals and books what was released. */
  takeReleased(holder: Holder, events: readonly AttemptCorrected[]): void {
    const { auditor, tally } = this.#world;
    for (const event of events) {
      const { dispatched, before, settlement } = event;
      if (!this.#leftOver().some((each) => each.dispatched.attempt === dispatched.attempt))
        throw new Error(`${dispatched.attempt}: nothing of it was to be released`);
      this.#ended = this.#ended.filter((each) => each.dispatched.attempt !== dispatched.attempt);
      this.#write(holder, event);
      const at = dispatched.at;
      const open = auditor.accountsOf(dispatched, at).filter(({ budget, label }) => {
        return labelOf(budget, Math.max(at, settlement.at - CLOSE_AFTER_MS)) === label;
      });
      const sized = sizedOf(dispatched);
      auditor.change(open, holder.id, ({ budget }) => {
        const was = chargedOf(budget, sized, { cost: before.cost, residual: before.residual, usage: before.usage });
        return { inDoubt: chargedOf(budget, sized, settlement).inDoubt - was.inDoubt };
      });
      this.#world.note(`${holder.id} releases what ${dispatched.attempt} left in doubt`);
      this.#world.touch(holder);
      holder.budgets.correct(event);
      tally.residuals += 1;
    }
  }

  /** A day later nothing stays in doubt of which anybody knows. */
  checkReleased(): void {
    const { auditor, now } = this.#world;
    const kept = this.#leftOver().find(
      ({ dispatched }) =>
        !this.#unheard.has(dispatched.attempt) &&
        auditor.accountsOf(dispatched, dispatched.at).some(({ budget, label }) => labelOf(budget, now) === label),
    );
    if (kept !== undefined) throw new Error(`what ${kept.dispatched.attempt} left in doubt stays there`);
  }

  /** Nobody will hear of these before all journals are read again. */
  unheard(events: readonly AttemptCorrected[]): void {
    for (const { dispatched } of events) this.#unheard.add(dispatched.attempt);
  }

  heardAll(): void {
    this.#unheard.clear();
  }

  #leftOver(): readonly Ended[] {
    return this.#ended.filter(({ settlement: { state, residual } }) => state === "cancelled" && residual > 0n);
  }

  /** Died with the thread: held money that was not dispatched is free, what was dispatched is in doubt. */
  forgetHeld(holder: Holder): void {
    const { auditor } = this.#world;
    for (const call of holder.calls) {
      if (call.hold === undefined) continue;
      const nothing = { spent: 0n, inDoubt: 0n };
      auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, ({ budget }) => ({
        ...(call.state === "dispatched" ? lostOf(budget, call) : nothing),
        held: -takenOf(budget, call),
      }));
      if (call.state === "dispatched") this.#world.ledgerAuditor.lost(call.id);
      call.state = "ended";
    }
  }

  #write(holder: Holder, event: AttemptCorrected): void {
    holder.journal.append(event);
    this.#world.ledgerAuditor.corrected(event);
  }

  #dispatch(holder: Holder, call: Call): void {
    if (call.hold === undefined) return;
    // What is not written is not sent.
    const event = dispatchOf(call, call.hold.at);
    if (!holder.journal.append(event)) {
      this.#world.tally.unwritten += 1;
      return this.release(holder, call);
    }
    this.#world.ledgerAuditor.dispatched(event);
    call.state = "dispatched";
    this.#world.note(`${holder.id} dispatches ${call.id}`);
  }

  #settle(holder: Holder, call: Call): void {
    const { auditor, random, now, tally } = this.#world;
    if (call.hold === undefined) return;
    const settlement = this.#inBackground(call, this.#drawSettlement(call));
    const dispatched = dispatchOf(call, call.hold.at);
    const settled = settledOf(call, settlement);
    holder.journal.append(settled);
    if (settlement.residual > 0n) holder.doubtful.push(dispatched, settled);
    this.#world.ledgerAuditor.settled(call.id, settlement);
    this.#end(holder, call);
    this.#keep({ dispatched, settlement, holder: holder.id });
    tally.settled += 1;
    this.#world.note(`${holder.id} settles ${call.id}: ${describe(settlement)} of ${call.amount}`);
    auditor.change(auditor.accountsOf(call.spender, call.hold.at), holder.id, ({ budget }) => {
      const [taken, charged] = [takenOf(budget, call), chargedOf(budget, call, settlement)];
      // What runs at once is over with its settlement: it was in no sum but that of holds.
      const beyond = charged.spent + charged.inDoubt - taken;
      if (beyond > 0n) tally.overruns += 1;
      return { ...charged, held: -taken, beyond: beyond > 0n ? beyond : 0n };
    });
    this.#world.touch(holder);
    const isEnded = holder.budgets.settle(call.hold, settlement, now);
    if (!isEnded) throw new Error("a hold was ended before its end");
    if (random.isBelow(0.1) && holder.budgets.settle(call.hold, settlement, now))
      throw new Error("a hold was settled twice");
  }

  #keep(ended: Ended): void {
    const { state, upstreamId } = ended.settlement;
    if (state !== "background" || upstreamId === undefined) {
      this.#ended.push(ended);
      return;
    }
    this.#stored.set(upstreamId, ended);
    this.#known.set(upstreamId, ended);
  }

  #drawSettlement(call: Call): Settlement {
    const { random, now, options } = this.#world;
    const isOver = random.isBelow(options.overrun);
    const spent = BigInt(random.between(0, Number(call.amount))) + (isOver ? call.amount : 0n);
    const rest = call.amount - spent;
    const residual = rest > 0n && random.isBelow(0.2) ? rest : 0n;
    const used = random.between(0, Number(call.tokens) + (isOver ? 30 : 0));
    const usage = random.isBelow(0.2)
      ? undefined
      : { input_uncached: Math.floor(used / 2), output_text: Math.ceil(used / 2) };
    const priced = { type: residual > 0n ? "estimated" : "priced", nanos: money(spent), basis: "cut" } as const;
    return random.isBelow(0.1)
      ? settlementOf({ cost: { type: "unpriced", reason: "no rate" }, residual: 0n, usage }, now)
      : settlementOf({ cost: priced, residual, usage }, now);
  }

  /** Where threads and authority live together some of what is not over runs on at its provider, and is read later. */
  #inBackground({ id }: Call, settlement: Settlement): Settlement {
    const { random, options } = this.#world;
    if (!options.isEmbedded || settlement.residual === 0n || random.isBelow(0.7)) return settlement;
    return { ...settlement, state: "background", upstreamId: `answer_${id}`, isStored: true };
  }

  #end(holder: Holder, call: Call): void {
    call.state = "ended";
    holder.calls.delete(call);
  }
}

function describe({ cost, residual }: Settlement): string {
  return `${cost.type === "unpriced" ? "unpriced" : cost.nanos} spent, ${residual} in doubt`;
}
