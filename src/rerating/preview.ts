import { type StandingEntry } from "#analytics";
import { type CostAdjusted } from "#events";
import { type Cost } from "#inference";
import { type Money, money } from "#units";

/** What would change of one model and feature in one month. */
export interface PreviewRow {
  readonly provider: string;
  readonly model: string;
  readonly feature: string;
  /** UTC. */
  readonly month: string;
  readonly attempts: number;
  readonly before: Money;
  readonly after: Money;
}

interface Sum {
  readonly of: Pick<PreviewRow, "provider" | "model" | "feature" | "month">;
  attempts: number;
  before: bigint;
  after: bigint;
}

/** Adds up adjustments as they come; holds one sum for each model, feature and month and no adjustment. */
export class Preview {
  readonly #sums = new Map<string, Sum>();

  add({ entry }: StandingEntry, { before, after }: CostAdjusted): void {
    const { provider, model, feature, incurred_at } = entry;
    const of = { provider, model, feature, month: incurred_at.slice(0, 7) };
    const key = JSON.stringify(of);
    const sum = this.#sums.get(key) ?? { of, attempts: 0, before: 0n, after: 0n };
    this.#sums.set(key, sum);
    sum.attempts += 1;
    sum.before += amountOf(before.cost);
    sum.after += amountOf(after.cost);
  }

  /** The largest change first. */
  get rows(): readonly PreviewRow[] {
    return [...this.#sums.values()]
      .map(({ of, attempts, before, after }) => ({ ...of, attempts, before: money(before), after: money(after) }))
      .toSorted((left, right) => (changeOf(left) > changeOf(right) ? -1 : 1));
  }

  get total(): Pick<PreviewRow, "attempts" | "before" | "after"> {
    let [attempts, before, after] = [0, 0n, 0n];
    for (const sum of this.#sums.values()) {
      attempts += sum.attempts;
      before += sum.before;
      after += sum.after;
    }
    return { attempts, before: money(before), after: money(after) };
  }
}

function amountOf(cost: Cost): bigint {
  return cost.type === "unpriced" ? 0n : cost.nanos;
}

function changeOf({ before, after }: PreviewRow): bigint {
  return after > before ? after - before : before - after;
}
