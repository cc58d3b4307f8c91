import { type SqlSource } from "#ledger";
import { err, ok, type Result } from "#std";
import { type Instant } from "#units";
import { askCalls, type CallDetail, type CallPage, countRefused, findCall, type RefusalCount } from "./calls.ts";
import { askEntries, type EntryPage } from "./entries.ts";
import { findInteraction, type InteractionDetail, type NotOne } from "./interaction.ts";
import { askInteractions, type InteractionPage, type InteractionQuestion } from "./interactions.ts";
import { askErrors, askLatency, type ErrorRows, type LatencyRows } from "./latency.ts";
import { countGood, type GoodCount, type ObjectiveQuestion } from "./objective.ts";
import { type Answered, type CallQuestion, type EntryQuestion } from "./question.ts";
import { type LatencyQuestion, type SpendQuestion } from "./question.ts";
import { CostPools } from "./cost-pools.ts";
import { askSlowness, type FeatureSlowness, type SlownessQuestion } from "./slowness.ts";
import { askSpend, type SpendPage } from "./spend.ts";
import { askTags, type TagQuestion, type TagRows } from "./tags.ts";
import { askTotals, type Totals } from "./totals.ts";
import { askUnitCosts, type UnitQuestion, type UnitRows } from "./unit-costs.ts";

export interface SpendAnswer extends SpendPage {
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly tz: string;
  readonly booked_until: string;
  readonly lines_left_out?: number;
}

export interface AnalyticsOptions {
  /** The book currency. */
  readonly currency: string;
  /** Of the ledger: everything that ended before is in. */
  readonly bookedUntil: () => Instant;
  /** Lines of the journal that the ledger passed over; nothing is told of them where nobody counts. */
  readonly linesLeftOut?: () => number;
}

/** Ten new ones a day for 27 years. */
const CUSTOMERS_MAX = 100_000;

/**
 * Answers over the ledger in the shapes of the control API's contract. Wrong questions are values; a store that fails
 * throws.
 */
export class Analytics {
  readonly #source: SqlSource;
  readonly #options: AnalyticsOptions;
  /** What allocations are derived from. */
  readonly costPools: CostPools;

  constructor(source: SqlSource, options: AnalyticsOptions) {
    this.#source = source;
    this.#options = options;
    this.costPools = new CostPools(source);
  }

  async spend(question: SpendQuestion): Answered<SpendAnswer> {
    const { currency, bookedUntil, linesLeftOut = () => 0 } = this.#options;
    // Before the rows are read: what is booked meanwhile may be in them, and nothing that is promised may be missing.
    const until = new Date(bookedUntil()).toISOString();
    const page = await askSpend(this.#source, question);
    if (!page.ok) return page;
    const { from, to, tz } = question;
    const leftOut = linesLeftOut();
    const answer = { ...page.value, currency, from, to, tz, booked_until: until };
    return ok(leftOut === 0 ? answer : { ...answer, lines_left_out: leftOut });
  }

  /** Names of tags in a range, or the values of one. */
  tags(question: TagQuestion): Answered<TagRows> {
    return askTags(this.#source, question);
  }

  entries(question: EntryQuestion): Answered<EntryPage> {
    return askEntries(this.#source, question);
  }

  calls(question: CallQuestion): Answered<CallPage> {
    return askCalls(this.#source, question);
  }

  refusedBy(question: RefusalCount): Answered<number> {
    return countRefused(this.#source, question);
  }

  async call(id: string): Promise<Result<CallDetail, { readonly type: "not-found" }>> {
    const found = await findCall(this.#source, id);
    return found === undefined ? err({ type: "not-found" }) : ok(found);
  }

  interaction(
    id: string,
    tenant: string | undefined,
    entries: "all" | "none" = "all",
  ): Promise<Result<InteractionDetail, NotOne>> {
    return findInteraction(this.#source, { id, tenant, entries });
  }

  /** How many were good of how many, in windows that end now; in the order of the windows. */
  objective(question: ObjectiveQuestion): Answered<readonly GoodCount[]> {
    return countGood(this.#source, question);
  }

  interactions(question: InteractionQuestion): Answered<InteractionPage> {
    return askInteractions(this.#source, question);
  }

  async unitCosts(question: UnitQuestion): Answered<UnitRows & { readonly currency: string }> {
    const found = await askUnitCosts(this.#source, question);
    return found.ok ? ok({ ...found.value, currency: this.#options.currency }) : found;
  }

  /** As `unitCosts`, of every customer in place of the dearest. */
  customers(question: UnitQuestion): Answered<UnitRows> {
    return askUnitCosts(this.#source, question, CUSTOMERS_MAX);
  }

  /** How far above a time the answers of each feature were. */
  slowness(question: SlownessQuestion): Answered<readonly FeatureSlowness[]> {
    return askSlowness(this.#source, question);
  }

  latency(question: LatencyQuestion): Answered<LatencyRows> {
    return askLatency(this.#source, question);
  }

  errors(question: LatencyQuestion): Answered<ErrorRows> {
    return askErrors(this.#source, question);
  }

  totals(): Promise<Totals> {
    return askTotals(this.#source);
  }
}
