/** Knows how each attempt ended, and says what the ledger must have booked: one entry of each, one correction of those that were corrected. */
import { type AttemptCorrected, type AttemptDispatched, type Settlement } from "#events";
import { type BudgetDefinition } from "#budget";
import { accountKey, type Truth, valueOf } from "./auditor.ts";
import { type BookedRow } from "./booked-row.ts";
import { labelOf } from "./labels.ts";
import { CLOSE_AFTER_MS } from "./quantities.ts";

interface Life {
  readonly dispatched: AttemptDispatched;
  settlement: Settlement | undefined;
  /** Its thread died before it was settled. */
  isLost: boolean;
  correction: AttemptCorrected | undefined;
}

export class LedgerAuditor {
  readonly #lives = new Map<string, Life>();

  dispatched(event: AttemptDispatched): void {
    this.#lives.set(event.attempt, { dispatched: event, settlement: undefined, isLost: false, correction: undefined });
  }

  settled(attempt: string, settlement: Settlement): void {
    this.#life(attempt).settlement = settlement;
  }

  lost(attempt: string): void {
    this.#life(attempt).isLost = true;
  }

  corrected(event: AttemptCorrected): void {
    const life = this.#life(event.dispatched.attempt);
    if (life.correction !== undefined) throw new Error(`${event.dispatched.attempt} was corrected twice`);
    life.correction = event;
  }

  /** Nothing stands there twice or otherwise than it ended, and nothing that ended by `until` is missing. */
  check(rows: readonly BookedRow[], until: number): void {
    const booked = new Set<string>();
    for (const row of rows) {
      const name = nameOf(row);
      if (booked.has(name)) throw new Error(`the ledger has ${name} twice`);
      booked.add(name);
      this.#checkRow(row, name);
    }
    for (const [attempt, { settlement, isLost, correction }] of this.#lives) {
      // When a dead thread's journal is sealed is not the auditor's to know: then, and not before, its attempts are booked.
      const isEnded = settlement === undefined ? isLost && until === Infinity : settlement.at <= until;
      if (isEnded && !booked.has(attempt)) throw new Error(`the ledger has nothing of ${attempt}`);
      if (correction !== undefined && correction.settlement.at <= until && !booked.has(`${attempt} correction`))
        throw new Error(`the ledger has no correction of ${attempt}`);
    }
  }

  /** By team and UTC day of the dispatch: what each attempt cost in the end. */
  checkSpend(told: ReadonlyMap<string, bigint>): void {
    const sums = new Map<string, bigint>();
    for (const { dispatched, settlement, correction } of this.#lives.values()) {
      const end = correction?.settlement ?? settlement;
      const day = `${dispatched.attribution.team} ${new Date(dispatched.at).toISOString().slice(0, 10)}`;
      if (end !== undefined) sums.set(day, (sums.get(day) ?? 0n) + costOf(end));
    }
    for (const day of new Set([...sums.keys(), ...told.keys()]))
      if ((sums.get(day) ?? 0n) !== (told.get(day) ?? 0n))
        throw new Error(`the ledger shows ${told.get(day) ?? 0n} of ${day}, true is ${sums.get(day) ?? 0n}`);
  }

  /** Of each account of each budget, by the ledger alone. Corrections count when they were booked, as in budgets. */
  static sums(rows: readonly BookedRow[], definitions: readonly BudgetDefinition[]): ReadonlyMap<string, Sums> {
    const sums = new Map<string, { spent: bigint; inDoubt: bigint }>();
    for (const row of rows) {
      for (const budget of definitions) {
        const value = valueOf(budget, row.spender);
        if (value === undefined) continue;
        const { incurredAt, bookedAt } = row;
        const add = (at: number, { spent = 0n, inDoubt = 0n }: Partial<Sums>) => {
          const key = accountKey({ budget, value, label: labelOf(budget, at) });
          const known = sums.get(key) ?? { spent: 0n, inDoubt: 0n };
          sums.set(key, { spent: known.spent + spent, inDoubt: known.inDoubt + inDoubt });
        };
        const { spent, inDoubt } = chargedBy(row, budget);
        const isCorrection = row.state === "correction";
        add(isCorrection ? bookedAt : incurredAt, { spent });
        const isOpen = labelOf(budget, Math.max(incurredAt, bookedAt - CLOSE_AFTER_MS)) === labelOf(budget, incurredAt);
        if (!isCorrection || isOpen) add(incurredAt, { inDoubt });
      }
    }
    return sums;
  }

  #checkRow(row: BookedRow, name: string): void {
    const life = this.#life(row.attempt);
    const told = facts(row);
    const { dispatched, settlement, isLost, correction } = life;
    const { bound } = dispatched;
    const nanosHeld = bound.type === "unknown" ? 0n : bound.nanos;
    const same = { number: dispatched.number, incurredAt: dispatched.at };
    if (row.state === "correction") {
      if (correction === undefined) throw new Error(`the ledger corrects ${row.attempt}, and nobody else does`);
      const { before, settlement: after } = correction;
      const nanos = costOf(after) - costOf(before);
      const unpriced = unpricedIn(after) - unpricedIn(before);
      const inDoubt = after.residual - before.residual;
      return expectFacts(name, told, facts({ ...same, bookedAt: after.at, nanos, unpriced, inDoubt }));
    }
    if (settlement !== undefined) {
      const nanos = costOf(settlement);
      const inDoubt = settlement.residual;
      const unpriced = unpricedIn(settlement);
      return expectFacts(name, told, facts({ ...same, bookedAt: settlement.at, nanos, unpriced, inDoubt }));
    }
    if (!isLost) throw new Error(`the ledger has ${name} before it has ended`);
    if (row.state !== "in_doubt") throw new Error(`the ledger has ${name} as ${row.state}`);
    expectFacts(name, told, facts({ ...same, bookedAt: row.bookedAt, nanos: 0n, unpriced: 1, inDoubt: nanosHeld }));
  }

  #life(attempt: string): Life {
    const life = this.#lives.get(attempt);
    if (life === undefined) throw new Error(`the ledger has ${attempt}, which nobody dispatched`);
    return life;
  }
}

export type Sums = Pick<Truth, "spent" | "inDoubt">;

/** By the auditor's reading of units; what stays in doubt of other units than money stands in no entry. */
function chargedBy(row: BookedRow, { unit, scope }: BudgetDefinition): Sums {
  const { state, number, nanos, unpriced, bound, tokens } = row;
  if (unit === "USD")
    return { spent: nanos, inDoubt: state === "in_doubt" ? row.inDoubt : row.inDoubt + BigInt(unpriced) * bound };
  if (unit === "tokens") return { spent: tokens, inDoubt: 0n };
  const isCounted = state !== "correction" && (number === 1 || "provider" in scope);
  return { spent: unit === "requests" && isCounted ? 1n : 0n, inDoubt: 0n };
}

function nameOf({ attempt, state }: BookedRow): string {
  return state === "correction" ? `${attempt} correction` : attempt;
}

function costOf({ cost }: Pick<Settlement, "cost">): bigint {
  return cost.type === "unpriced" ? 0n : cost.nanos;
}

function unpricedIn({ cost }: Pick<Settlement, "cost">): number {
  return cost.type === "unpriced" ? 1 : 0;
}

function facts({
  number,
  incurredAt,
  bookedAt,
  nanos,
  unpriced,
  inDoubt,
}: Pick<BookedRow, "number" | "incurredAt" | "bookedAt" | "nanos" | "unpriced" | "inDoubt">): string {
  return `number ${number} of ${incurredAt}, booked at ${bookedAt}: ${nanos} nanos, ${unpriced} unpriced, ${inDoubt} in doubt`;
}

function expectFacts(name: string, told: string, expected: string): void {
  if (told !== expected) throw new Error(`the ledger says of ${name}: ${told}; true is: ${expected}`);
}
