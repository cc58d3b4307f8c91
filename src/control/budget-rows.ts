/** Budgets with what is spent of them, as rows in the shape of the contract, tightest first. */
import { type AccountStatus, type BudgetDefinition, BudgetTable } from "#budget";
import { type StoredBudget } from "#books";
import { type Budget } from "#contract";
import { formatMoney, type Instant, money } from "#units";

/** What the gateway told last of the accounts that are open. */
export interface LiveBudgets {
  readonly at: Instant;
  readonly accounts: readonly AccountStatus[];
  /** How many there are; of very many only those of which the most is used are told. */
  readonly total: number;
}

export interface BudgetState {
  readonly configured: readonly BudgetDefinition[];
  readonly stored: readonly { readonly row: StoredBudget; readonly definition: BudgetDefinition }[];
  readonly live: LiveBudgets | undefined;
  readonly now: Instant;
}

export interface BudgetRow {
  readonly budget: Budget;
  /** Parts of 10⁹ of what may be used that are used, for sorting. */
  readonly used: bigint;
  /** Unique among rows. */
  readonly key: string;
}

const WHOLE = 1_000_000_000n;

/** One row for each account of each budget; a budget of which nothing is open yet has one too. Tightest first. */
export function budgetRows(state: BudgetState): readonly BudgetRow[] {
  const { configured, stored, live, now } = state;
  const definitions = [...configured, ...stored.map(({ definition }) => definition)];
  const table = new BudgetTable(definitions, 0);
  const open = Map.groupBy(
    (live?.accounts ?? []).filter(({ account }) => account.from <= now && now < account.to),
    ({ account }) => account.budget,
  );
  const rows = definitions.flatMap((definition): readonly BudgetRow[] => {
    const accounts = open.get(definition.id) ?? [];
    const shell = shellOf(definition, { table, state, accounts: accounts.length });
    if (accounts.length > 0) return accounts.map((account) => toRow(shell, table, account));
    const isKnown = live !== undefined && live.total <= live.accounts.length;
    return [{ budget: isKnown ? { ...shell, ...untouched(shell) } : shell, used: 0n, key: definition.id }];
  });
  return rows.toSorted(byTightness);
}

/** The tightest row of each budget. Rows come tightest first. */
export function tightestOfEach(rows: readonly BudgetRow[]): readonly BudgetRow[] {
  const seen = new Set<string>();
  return rows.filter(({ budget: { id } }) => !seen.has(id) && seen.add(id));
}

export function byTightness(left: Pick<BudgetRow, "used" | "key">, right: Pick<BudgetRow, "used" | "key">): number {
  if (left.used !== right.used) return left.used > right.used ? -1 : 1;
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}

/** As it is written in tare.yaml. */
function limitText({ unit, limit }: Pick<BudgetDefinition, "unit" | "limit">): string {
  return `${unit === "USD" ? formatMoney(money(limit)) : limit} ${unit}`;
}

function shellOf(
  definition: BudgetDefinition,
  { table, state, accounts }: { readonly table: BudgetTable; readonly state: BudgetState; readonly accounts: number },
): Budget {
  const { id, scope, unit, per, zone, limit, thresholds, valuesMax } = definition;
  const own = state.stored.find(({ row }) => row.id === id)?.row;
  const budget = table.budget(id);
  const period = per === "total" ? undefined : budget?.clock.at(state.now);
  return {
    id,
    origin: own === undefined ? "config" : "books",
    scope: { ...scope },
    unit,
    per,
    timezone: zone,
    limit: limit.toString(),
    limit_text: limitText(definition),
    refused_above: budget?.limit?.toString(),
    at: Object.fromEntries(thresholds.map(({ percent, action }) => [`${percent}%`, action])),
    values_max: valuesMax,
    accounts: Object.values(scope).includes("*") ? accounts : 1,
    from: timestamp(period?.from),
    reset_at: timestamp(period?.to),
    changed_at: timestamp(own?.changedAt),
    changed_by: own?.changedBy,
  };
}

function toRow(shell: Budget, table: BudgetTable, status: AccountStatus): BudgetRow {
  const { account, spent, held, inDoubt, overrun } = status;
  const values = table.valuesOf(account);
  const most = mostOf(shell);
  const used = spent + held + inDoubt;
  return {
    budget: {
      ...shell,
      values: Object.keys(values).length === 0 ? undefined : { ...values },
      spent: spent.toString(),
      held: held.toString(),
      in_doubt: inDoubt.toString(),
      overrun: overrun.toString(),
      left: (most - used).toString(),
      unspendable: status.unspendable.toString(),
    },
    // Of nothing everything is used.
    used: most > 0n ? (used * WHOLE) / most : WHOLE + used,
    key: `${account.budget}|${account.value}`,
  };
}

/** Nobody has called yet: nothing is spent, which is known. */
function untouched(shell: Budget): Pick<Budget, "spent" | "held" | "in_doubt" | "overrun" | "left"> {
  return { spent: "0", held: "0", in_doubt: "0", overrun: "0", left: mostOf(shell).toString() };
}

function mostOf({ refused_above, limit }: Budget): bigint {
  return BigInt(refused_above ?? limit);
}

function timestamp(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
