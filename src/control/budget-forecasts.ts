import { type Budget, type SpendRow } from "#contract";
import { type Instant } from "#units";
import { budgetQuestion, isUnopened } from "./budget-question.ts";
import { type AnalyticsSource } from "./sources.ts";

/** What was used in one step of time so far, in the budget's unit. Estimates, so floats will do. */
interface Pace {
  readonly stepMs: number;
  readonly mean: number;
  readonly deviation: number;
}

const DAY_MS = 86_400_000;

/** How time is cut, and what the ledger is asked by: hours make days in any zone, save for a year's. */
const steps: Readonly<Record<Budget["per"], Step | undefined>> = {
  minute: undefined,
  hour: { by: "minute", ms: 60_000 },
  day: { by: "hour", ms: 3_600_000 },
  week: { by: "hour", ms: DAY_MS },
  month: { by: "hour", ms: DAY_MS },
  year: { by: "day", ms: DAY_MS },
  total: undefined,
};

interface Step {
  readonly by: "minute" | "hour" | "day";
  readonly ms: number;
}

/** Fewer whole steps than this say nothing of how much they differ. */
const STEPS_MIN = 4;
const ROWS_MAX = 1_000;
/** A pace is asked of the ledger this often at most; what is spent is always the newest. */
const KEPT_MS = 60_000;
const KEPT_MAX = 1_000;
/** Half the width of nine tenths of a normal distribution, in deviations. */
const NINE_TENTHS = 1.645;

/**
 * Where budgets will stand at the end of their periods: what is spent, and for each step of time to come what the steps
 * of this period have used on average. The range holds nine of ten times if the steps to come differ as those so far
 * have, each for itself; a trend within the period is not seen. Steps before the first use do not count: a budget that is
 * new in its period was not idle before.
 */
export class BudgetForecasts {
  readonly #analytics: AnalyticsSource;
  /** Also that there is none, which would be asked for again and again otherwise. */
  readonly #paces = new Map<string, { readonly askedAt: Instant; readonly pace: Pace | undefined }>();

  constructor(analytics: AnalyticsSource) {
    this.#analytics = analytics;
  }

  /** The budget with its forecast, where there is enough to go by. */
  async added(budget: Budget, now: Instant): Promise<Budget> {
    const pace = await this.#paceOf(budget, now);
    const { spent, reset_at } = budget;
    if (pace === undefined || spent === undefined || reset_at === undefined) return budget;
    const stepsLeft = Math.max(0, Date.parse(reset_at) - now) / pace.stepMs;
    const more = pace.mean * stepsLeft;
    const spread = NINE_TENTHS * pace.deviation * Math.sqrt(stepsLeft);
    const at = (add: number) => (BigInt(spent) + BigInt(Math.round(Math.max(0, add)))).toString();
    return { ...budget, forecast: { low: at(more - spread), likely: at(more), high: at(more + spread) } };
  }

  async #paceOf(budget: Budget, now: Instant): Promise<Pace | undefined> {
    const step = steps[budget.per];
    if (step === undefined || budget.from === undefined || budget.unit === "concurrent" || isUnopened(budget))
      return undefined;
    const key = JSON.stringify([budget.id, budget.values, budget.from]);
    const known = this.#paces.get(key);
    if (known !== undefined && now - known.askedAt < KEPT_MS) return known.pace;
    const pace = await this.#ask(budget, { now, from: Date.parse(budget.from), step });
    if (this.#paces.size >= KEPT_MAX) this.#paces.clear();
    this.#paces.set(key, { askedAt: now, pace });
    return pace;
  }

  async #ask(
    budget: Budget,
    asked: {
      readonly now: Instant;
      readonly from: number;
      readonly step: { readonly by: string; readonly ms: number };
    },
  ): Promise<Pace | undefined> {
    const { now, from, step } = asked;
    const count = Math.floor((now - from) / step.ms);
    const { filter, interaction } = budgetQuestion(budget, now);
    if (count < STEPS_MIN || interaction !== undefined) return undefined;
    const to = new Date(from + count * step.ms).toISOString();
    const question = { by: [step.by], from: new Date(from).toISOString(), to, tz: budget.timezone, filter };
    const answer = await this.#analytics.spend({ ...question, limit: ROWS_MAX });
    if (!answer.ok) return undefined;
    const used = Array.from({ length: count }, () => 0);
    for (const row of answer.value.rows) {
      const at = Math.round(Date.parse(row.dimensions[step.by] ?? "") - from) / step.ms;
      const index = step.by === "day" ? Math.round(at) : Math.floor(at);
      used[index] = (used[index] ?? 0) + usedIn(row, budget.unit);
    }
    return paceOf(used.slice(used.findIndex((each) => each > 0)), step.ms);
  }
}

function paceOf(used: readonly number[], stepMs: number): Pace | undefined {
  if (used.length < STEPS_MIN) return undefined;
  const mean = used.reduce((sum, each) => sum + each, 0) / used.length;
  const square = used.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { stepMs, mean, deviation: Math.sqrt(square / (used.length - 1)) };
}

function usedIn(row: SpendRow, unit: Budget["unit"]): number {
  if (unit === "USD") return Number(row.gross_nanos);
  return unit === "tokens" ? row.tokens_in + row.tokens_out : row.calls;
}
