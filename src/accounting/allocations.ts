import { createHash } from "node:crypto";
import { type Books, type Change } from "#books";
import {
  type AllocationAnswer,
  type AllocationQuery,
  type ClosedMonth,
  type ExplainQuery,
  type Explanation,
  type MoneyFlow,
  type Statement,
} from "#contract";
import { err, ok, type Result } from "#std";
import { type Instant } from "#units";
import { type Allocation, deriveAllocation, type TeamCalls, totalOf } from "./allocation.ts";
import { type AllocationRules, type View } from "./allocation-rule.ts";
import { toAnswer } from "./allocation-answer.ts";
import { correctClosed, withCorrections } from "./correct-closed.ts";
import { explain } from "./explain.ts";
import { decodeAllocation, encodeAllocation } from "./frozen-allocation.ts";
import { monthAfter, monthAt } from "./month.ts";
import { type Standing } from "./standing.ts";
import { type Asking, monthQuestion, type NoMonth, readCalls, readMonthFacts, type CostPools } from "./month-facts.ts";
import { toFlow } from "./money-flow.ts";
import { type StatementMonth, toStatement } from "./statement.ts";

export interface AllocationsOptions {
  readonly costs: CostPools;
  readonly closed: Books["closedMonths"];
  readonly now: () => Instant;
  /** Everything that was booked before is in the ledger. */
  readonly bookedUntil: () => Instant;
  readonly currency: string;
  /** Of the configuration in force. */
  readonly rules: () => AllocationRules;
  readonly timezone: () => string;
}

/** `not-next`: months are closed one after the other, and this would have to be `next`. */
export type ClosingProblem =
  | NoMonth
  | { readonly type: "not-over" }
  | { readonly type: "closed-already" }
  | { readonly type: "not-next"; readonly next: string };

type Told<Answer> = Promise<Result<Answer, NoMonth>>;

/** Pages ask for the same month several times at once, and a statement for the months before it. */
const FRESH_MS = 5000;
const KEPT_MAX = 24;
const TREND_MONTHS = 6;

/** Whom each month's money belongs to: derived when asked for, and as it was frozen where the month is closed. */
export class Allocations {
  readonly #options: AllocationsOptions;
  readonly #derived = new Map<string, { readonly at: Instant; readonly told: Told<Standing> }>();
  readonly #frozen = new Map<string, Promise<Allocation | undefined>>();

  constructor(options: AllocationsOptions) {
    this.#options = options;
  }

  async answer({ month, by }: AllocationQuery): Told<AllocationAnswer> {
    const standing = await this.#month(month ?? this.#thisMonth());
    return standing.ok ? ok(toAnswer(standing.value, by)) : standing;
  }

  async explain(query: ExplainQuery): Told<Explanation> {
    const standing = await this.#month(query.month ?? this.#thisMonth());
    return standing.ok ? explain(standing.value, query) : standing;
  }

  async statement(team: string, month: string): Told<Statement> {
    const months: StatementMonth[] = [];
    for (let back = TREND_MONTHS - 1; back >= 0; back -= 1) {
      const standing = await this.#month(monthAfter(month, -back));
      if (!standing.ok) return standing;
      const calls = back < 2 ? await this.#callsOf(standing.value) : ok([]);
      if (!calls.ok) return calls;
      months.push({ standing: standing.value, calls: calls.value.filter((each) => each.team === team) });
    }
    return ok(toStatement(team, months));
  }

  /** Those of a month that was closed without its calls are read anew, with what was booked since. */
  async #callsOf({ allocation }: Standing): Told<readonly TeamCalls[]> {
    return allocation.calls === undefined ? readCalls(this.#asking(allocation)) : ok(allocation.calls);
  }

  async flow(month: string | undefined): Told<MoneyFlow> {
    const standing = await this.#month(month ?? this.#thisMonth());
    if (!standing.ok) return standing;
    const outcomes = await this.#options.costs.outcomes(monthQuestion(this.#asking(standing.value.allocation)));
    return outcomes.ok ? ok(toFlow(standing.value, outcomes.value)) : outcomes;
  }

  /** Freezes a month that is over. What is booked in it later is corrected in the open month. */
  async close(month: string, change: Change): Promise<Result<ClosedMonth, ClosingProblem>> {
    if (month >= this.#thisMonth()) return err({ type: "not-over" });
    const closed = await this.#options.closed.list();
    if (closed.some((each) => each.month === month)) return err({ type: "closed-already" });
    const last = closed.at(-1);
    const next = last === undefined ? month : monthAfter(last.month);
    if (month !== next) return err({ type: "not-next", next });
    const standing = await this.#derive(month);
    if (!standing.ok) return standing;
    const { allocation, revision, bookedUntil } = standing.value;
    const kept = { month, revision, bookedUntil, allocation: encodeAllocation(allocation) };
    if (!(await this.#options.closed.close(change, kept))) return err({ type: "closed-already" });
    this.#derived.clear();
    const total = totalOf(allocation.cells.feature).toString();
    return ok({ month, closed_at: new Date(change.at).toISOString(), revision, total_nanos: total });
  }

  #thisMonth(): string {
    return monthAt(this.#options.now(), this.#options.timezone());
  }

  #asking({ month, rules }: Pick<Allocation, "month" | "rules">, costs = this.#options.costs): Asking {
    return { costs, month, tz: this.#options.timezone(), rules };
  }

  async #month(month: string): Told<Standing> {
    const closed = (await this.#options.closed.list()).find((each) => each.month === month);
    const frozen = closed === undefined ? undefined : await this.#frozenOf(month);
    if (closed !== undefined && frozen !== undefined) {
      const { currency } = this.#options;
      return ok({ allocation: frozen, currency, ...closed });
    }
    const now = this.#options.now();
    const key = `${revisionOf(this.#options.rules())} ${this.#options.timezone()} ${month}`;
    const known = this.#derived.get(key);
    if (known !== undefined && now - known.at < FRESH_MS) return known.told;
    const told = this.#derive(month);
    this.#derived.delete(key);
    this.#derived.set(key, { at: now, told });
    const [oldest] = this.#derived.keys();
    if (this.#derived.size > KEPT_MAX && oldest !== undefined) this.#derived.delete(oldest);
    return told;
  }

  async #derive(month: string): Told<Standing> {
    const { rules: rulesNow, currency, bookedUntil } = this.#options;
    const rules = rulesNow();
    // Before the rows are read: what is booked meanwhile may be in them, and nothing that is promised may be missing.
    const until = bookedUntil();
    return this.#options.costs.atOneMoment(async (costs) => {
      const own = await this.#derivedBy({ month, rules }, costs);
      if (!own.ok) return own;
      const corrections = await this.#corrections(month, costs);
      if (!corrections.ok) return corrections;
      const allocation = withCorrections(own.value, corrections.value);
      return ok({ allocation, currency, revision: revisionOf(rules), bookedUntil: until, closedAt: undefined });
    });
  }

  async #derivedBy(of: Pick<Allocation, "month" | "rules">, costs: CostPools): Told<Allocation> {
    const facts = await readMonthFacts(this.#asking(of, costs));
    if (!facts.ok) return facts;
    const derived = deriveAllocation(facts.value, of.rules);
    if (derived.ok) return derived;
    const problem = derived.error;
    // The configuration was checked for circles; rules that were frozen passed the same check.
    const detail =
      problem.type === "too-many-lines"
        ? `${problem.bills} bills to ${problem.places} places are too many lines. Share to features, and let a rule with carried_by tell customers.`
        : "The rules go round in a circle.";
    return err({ type: "bad-question", field: "allocation", detail });
  }

  /** What the first open month corrects of closed ones, each by the rules that it was closed with. */
  async #corrections(
    month: string,
    costs: CostPools,
  ): Told<readonly Readonly<Record<View, Allocation["cells"][View]>>[]> {
    const closed = await this.#options.closed.list();
    const last = closed.at(-1);
    if (last === undefined || monthAfter(last.month) !== month) return ok([]);
    const months = closed.map((each) => ({ month: each.month, since: each.bookedUntil }));
    const late = await costs.lateMonths({ months, tz: this.#options.timezone() });
    const corrections: Readonly<Record<View, Allocation["cells"][View]>>[] = [];
    for (const name of late) {
      const frozen = await this.#frozenOf(name);
      if (frozen === undefined) continue;
      const now = await this.#derivedBy({ month: name, rules: frozen.rules }, costs);
      if (!now.ok) return now;
      const after = await Promise.all(
        closed.filter((each) => each.month > name).map((each) => this.#frozenOf(each.month)),
      );
      const booked = after.filter((each) => each !== undefined);
      corrections.push(correctClosed({ frozen, now: now.value, booked }));
    }
    return ok(corrections);
  }

  /** Closed months never change. */
  #frozenOf(month: string): Promise<Allocation | undefined> {
    const known =
      this.#frozen.get(month) ??
      this.#options.closed
        .allocationOf(month)
        .then((text) => (text === undefined ? undefined : decodeAllocation(text)));
    this.#frozen.delete(month);
    this.#frozen.set(month, known);
    const [oldest] = this.#frozen.keys();
    if (this.#frozen.size > KEPT_MAX && oldest !== undefined) this.#frozen.delete(oldest);
    return known;
  }
}

/** Of the rules: equal ones have the same. */
function revisionOf(rules: AllocationRules): string {
  const text = JSON.stringify(rules, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
