/** All budgets of one revision, found by what they hold: the time does not grow with their number. */
import { assert } from "#std";
import { type Instant } from "#units";
import { type BudgetDefinition, isTemplate, refusedAbove } from "./budget-definition.ts";
import { PeriodClock } from "./period.ts";
import { EACH_VALUE, joinValues, type Spender, splitValues, valuesOf } from "./scope.ts";
import { type Meter, meterOf } from "./unit.ts";
import { Zone } from "./zone.ts";

/** One budget in one period for one value of its template; the key names it everywhere. */
export interface AccountName {
  readonly key: string;
  readonly budget: string;
  readonly value: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** Names the accounts of one budget in one period. */
export function periodOf({ budget, from }: AccountName): string {
  return `${budget}|${from}`;
}

export interface Budget {
  readonly definition: BudgetDefinition;
  readonly clock: PeriodClock;
  /** Undefined when the budget only alerts. */
  readonly limit: bigint | undefined;
  readonly meter: Meter;
  /** Its values never end with a period, so those that nobody uses are put aside. */
  readonly mayRest: boolean;
  /** Its values are ids of interactions or sessions, which are over some day. */
  readonly isOfRuns: boolean;
}

/** An account, and how it is counted. */
export interface Share {
  readonly account: AccountName;
  readonly meter: Meter;
}

/** Budgets whose scopes fix the same names and leave the same names open. */
interface Group {
  readonly fixed: readonly string[];
  readonly open: readonly string[];
  readonly budgets: Map<string, Budget[]>;
}

export class BudgetTable {
  /** Grows with each change of the configuration. */
  readonly revision: number;
  readonly #groups = new Map<string, Group>();
  readonly #byId = new Map<string, Budget>();

  constructor(definitions: readonly BudgetDefinition[], revision: number) {
    this.revision = revision;
    const clocks = new Map<string, PeriodClock>();
    for (const definition of definitions) this.#add(definition, clocks);
  }

  /** Undefined for a budget that was taken out. */
  budget(id: string): Budget | undefined {
    return this.#byId.get(id);
  }

  /** Tells of each budget that holds the spender, with the value of its template (empty without one). */
  eachOf(spender: Spender, tell: (budget: Budget, value: string) => void): void {
    for (const { fixed, open, budgets } of this.#groups.values()) {
      const found = budgets.get(valuesOf(spender, fixed) ?? MISSING);
      if (found === undefined) continue;
      const value = valuesOf(spender, open);
      if (value === undefined) continue;
      for (const budget of found) tell(budget, value);
    }
  }

  /** Which values of its template an account is of, by name, with the `tenant` of an interaction or session. */
  valuesOf({ budget, value }: Pick<AccountName, "budget" | "value">): Readonly<Record<string, string>> {
    const scope = this.#byId.get(budget)?.definition.scope ?? {};
    const open = Object.keys(scope).filter((name) => scope[name] === EACH_VALUE);
    return splitValues(open.toSorted(), value);
  }

  accountsAt(spender: Spender, at: Instant): readonly AccountName[] {
    return this.sharesAt(spender, at).map(({ account }) => account);
  }

  /** The accounts that an attempt dispatched at this time is charged to. */
  sharesAt(spender: Spender, at: Instant): readonly Share[] {
    const shares: Share[] = [];
    this.eachOf(spender, (budget, value) =>
      shares.push({ account: accountName(budget, value, at), meter: budget.meter }),
    );
    return shares;
  }

  #add(definition: BudgetDefinition, clocks: Map<string, PeriodClock>): void {
    const names = Object.keys(definition.scope).toSorted();
    const fixed = names.filter((name) => definition.scope[name] !== EACH_VALUE);
    const open = names.filter((name) => definition.scope[name] === EACH_VALUE);
    const clockKey = `${definition.per}/${definition.zone}`;
    const clock = clocks.get(clockKey) ?? new PeriodClock(definition.per, openZone(definition.zone));
    clocks.set(clockKey, clock);
    const meter = meterOf(definition.unit, names);
    const isOfRuns = open.includes("interaction") || open.includes("session");
    const mayRest = definition.per === "total" && isTemplate(definition);
    const budget: Budget = { definition, clock, limit: refusedAbove(definition), meter, mayRest, isOfRuns };
    const groupKey = `${fixed.join()}/${open.join()}`;
    const group = this.#groups.get(groupKey) ?? { fixed, open, budgets: new Map<string, Budget[]>() };
    this.#groups.set(groupKey, group);
    const value = joinValues(fixed.map((name) => definition.scope[name] ?? ""));
    group.budgets.set(value, [...(group.budgets.get(value) ?? []), budget]);
    this.#byId.set(definition.id, budget);
  }
}

export function accountName({ definition, clock }: Budget, value: string, at: Instant): AccountName {
  const { key, from, to } = clock.at(at);
  // A budget that keeps its name and changes its unit begins anew.
  const unit = definition.unit === "USD" ? "" : `|${definition.unit}`;
  return { key: `${definition.id}|${value}|${key}${unit}`, budget: definition.id, value, from, to };
}

// No value of an attribution holds a control character.
const MISSING = "\u0000";

function openZone(name: string): Zone {
  const zone = Zone.open(name);
  assert(zone.ok, "the configuration has checked the time zone of each budget");
  return zone.value;
}
