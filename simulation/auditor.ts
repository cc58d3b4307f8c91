/**
 * Knows what was admitted, dispatched and settled, and nothing of how: it finds the accounts of each call by its own
 * reading of scopes and calendars, and says what must hold.
 */
import { type BudgetDefinition, type Refusal } from "#budget";
import { type Instant } from "#units";
import { type Spender } from "./calls.ts";
import { labelOf } from "./labels.ts";
import { type Sized, takenOf } from "./quantities.ts";

export interface Truth {
  readonly budget: BudgetDefinition;
  readonly value: string;
  readonly label: string;
  spent: bigint;
  held: bigint;
  inDoubt: bigint;
  /** Charged without admission: beyond a hold, or by a correction. */
  beyond: bigint;
  /** What each holder used, after each change. */
  readonly byHolder: Map<
    string,
    { spent: bigint; held: bigint; inDoubt: bigint; history: { step: number; used: bigint }[] }
  >;
}

export interface Change {
  readonly spent?: bigint;
  readonly held?: bigint;
  readonly inDoubt?: bigint;
  readonly beyond?: bigint;
}

export class Auditor {
  readonly truths = new Map<string, Truth>();
  /** Limits of each budget by revision. */
  readonly limits: {
    readonly revision: number;
    readonly step: number;
    readonly byBudget: ReadonlyMap<string, bigint>;
  }[] = [];
  #definitions: readonly BudgetDefinition[] = [];
  /** Values that calls asked for, by budget and period: what may fill a table. */
  readonly #values = new Map<string, Set<string>>();
  step = 0;

  apply(definitions: readonly BudgetDefinition[], revision: number): void {
    this.#definitions = definitions;
    const byBudget = new Map(definitions.map(({ id, limit }) => [id, limit]));
    this.limits.push({ revision, step: this.step, byBudget });
  }

  accountsOf(spender: Spender, at: Instant): readonly Truth[] {
    return this.#definitions.flatMap((budget) => {
      const value = valueOf(budget, spender);
      return value === undefined ? [] : [this.#truth(budget, value, labelOf(budget, at))];
    });
  }

  get definitions(): readonly BudgetDefinition[] {
    return this.#definitions;
  }

  forget({ budget, value, label }: Truth): void {
    this.truths.delete(accountKey({ budget, value, label }));
  }

  asks(spender: Spender, at: Instant): void {
    for (const { budget, value, label } of this.accountsOf(spender, at)) {
      const key = `${budget.id}|${label}`;
      this.#values.set(key, (this.#values.get(key) ?? new Set()).add(value));
    }
  }

  change(accounts: readonly Truth[], holder: string, changeOf: (truth: Truth) => Change): void {
    for (const truth of accounts) {
      const { spent = 0n, held = 0n, inDoubt = 0n, beyond = 0n } = changeOf(truth);
      truth.spent += spent;
      truth.held += held;
      truth.inDoubt += inDoubt;
      truth.beyond += beyond;
      const mine = truth.byHolder.get(holder) ?? { spent: 0n, held: 0n, inDoubt: 0n, history: [] };
      truth.byHolder.set(holder, mine);
      mine.spent += spent;
      mine.held += held;
      mine.inDoubt += inDoubt;
      mine.history.push({ step: this.step, used: mine.spent + mine.held + mine.inDoubt });
    }
  }

  /** The promise: what was admitted never passes a limit that the holder could still believe in. */
  checkAdmitted(accounts: readonly Truth[], call: Sized, revisionOf: (truth: Truth) => number): void {
    for (const truth of accounts) {
      // What takes nothing passes no limit.
      if (takenOf(truth.budget, call) === 0n) continue;
      const known = revisionOf(truth);
      const limits = this.limits
        .filter(({ revision }) => revision >= known)
        .map((each) => each.byBudget.get(truth.budget.id) ?? 0n);
      const limit = limits.reduce((most, each) => (each > most ? each : most), 0n);
      const admitted = usedOf(truth) - truth.beyond;
      if (admitted > limit) throw new Error(`${nameOf(truth)}: ${admitted} was admitted under a limit of ${limit}`);
    }
  }

  /** Refused after all slices were called back: then at some moment since the call asked it did not fit. */
  checkRefused(accounts: readonly Truth[], call: Sized, { refusal, since }: { refusal: Refusal; since: number }): void {
    const named = accounts.filter(({ budget, value }) => budget.id === refusal.budget && value === refusal.value);
    if (refusal.code === "budget_table_full") {
      const isFull = named.some(
        ({ budget, label }) => (this.#values.get(`${budget.id}|${label}`)?.size ?? 0) > budget.valuesMax,
      );
      if (!isFull) throw new Error(`refused as full, with fewer values than the table takes: ${refusal.budget}`);
      return;
    }
    if (refusal.code === "budget_period_over") throw new Error("a call was refused for a period that was over");
    if (!("isComplete" in refusal) || !refusal.isComplete) return;
    const { limit, spent, held, inDoubt, left } = refusal;
    if (limit - spent - held - inDoubt !== left) throw new Error("the facts of a refusal do not add up");
    if (named.length === 0) throw new Error(`refused by a budget that does not hold the call: ${refusal.budget}`);
    for (const truth of named) {
      if (truth.budget.unit !== "USD" && refusal.code !== "rate_limited") throw new Error("a rate is not a budget");
      if (this.fitted(truth, call, since))
        throw new Error(`${nameOf(truth)}: ${takenOf(truth.budget, call)} was refused and fitted all the time`);
    }
  }

  /** Whether it fitted at every moment since then, with each holder using the most that it did. */
  fitted(truth: Truth, call: Sized, since: number): boolean {
    const most = [...truth.byHolder.values()].reduce((sum, { history }) => sum + mostSince(history, since), 0n);
    const taken = takenOf(truth.budget, call);
    return taken === 0n || taken + most <= this.#smallestLimit(truth.budget.id, since);
  }

  /** Whether a threshold of this action can have been reached at any time. */
  mayPress({ budget, byHolder }: Truth, action: "clamp" | "degrade"): boolean {
    const most = [...byHolder.values()].reduce((sum, { history }) => sum + mostSince(history, 0), 0n);
    const smallest = this.#smallestLimit(budget.id, 0);
    return budget.thresholds.some((each) => each.action === action && most * 100n >= smallest * BigInt(each.percent));
  }

  #smallestLimit(budget: string, since: number): bigint {
    const inForce = this.limits.filter(
      ({ step }, index) => step >= since || (this.limits[index + 1]?.step ?? Infinity) >= since,
    );
    return inForce
      .map(({ byBudget }) => byBudget.get(budget) ?? 0n)
      .reduce((least, each) => (each < least ? each : least));
  }

  #truth(budget: BudgetDefinition, value: string, label: string): Truth {
    const key = accountKey({ budget, value, label });
    const known = this.truths.get(key);
    if (known !== undefined) return known;
    const truth: Truth = { budget, value, label, spent: 0n, held: 0n, inDoubt: 0n, beyond: 0n, byHolder: new Map() };
    this.truths.set(key, truth);
    return truth;
  }
}

export function accountKey({ budget, value, label }: Pick<Truth, "budget" | "value" | "label">): string {
  return `${budget.id}|${value}|${label}`;
}

export function usedOf({ spent, held, inDoubt }: Pick<Truth, "spent" | "held" | "inDoubt">): bigint {
  return spent + held + inDoubt;
}

export function nameOf({ budget, value, label }: Truth): string {
  return `${budget.id} (${JSON.stringify(budget.scope)}, ${budget.per}) ${JSON.stringify(value)} ${label}`;
}

function mostSince(history: readonly { readonly step: number; readonly used: bigint }[], since: number): bigint {
  let [before, most] = [0n, 0n];
  for (const { step, used } of history) {
    if (step < since) before = used;
    else if (used > most) most = used;
  }
  return before > most ? before : most;
}

/** The value of a template's open names (none: empty), or undefined when the budget does not hold the spender. */
export function valueOf({ scope }: BudgetDefinition, spender: Spender): string | undefined {
  const values: string[] = [];
  for (const name of Object.keys(scope).toSorted()) {
    const value = readName(name, spender);
    if (value === undefined || (scope[name] !== "*" && scope[name] !== value)) return undefined;
    if (scope[name] === "*") values.push(value);
  }
  return values.join("\u001F");
}

function readName(name: string, { attribution, key, provider }: Spender): string | undefined {
  if (name.startsWith("tag.")) return attribution.tags[name.slice(4)];
  if (name === "interaction") return `${attribution.tenant}\u001F${attribution.interaction}`;
  const values: Readonly<Record<string, string>> = { team: attribution.team, user: attribution.user, key, provider };
  return values[name];
}
