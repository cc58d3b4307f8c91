/** All accounts that a thread knows, found by what holds a call. */
import { type Instant } from "#units";
import { type AccountName, accountName, type Budget, type BudgetTable } from "./budget-table.ts";
import { type AccountTotals } from "./account-totals.ts";
import { type SliceReport } from "./messages.ts";
import { type Spender } from "./scope.ts";
import { Changes, ThreadAccount } from "./thread-account.ts";
import { type Meter } from "./unit.ts";

/** How long after its end a period is asked about; the authority keeps it for less. */
const KEPT_MS = 30 * 60_000;
/** About 15 MB of them. */
const FORGOTTEN_MAX = 100_000;
/** Writing more would hold up calls for longer than a few milliseconds. */
const SUMMED_MAX = 5_000;

export class ThreadAccounts {
  table: BudgetTable;
  readonly #changes = new Changes();
  readonly #byKey = new Map<string, ThreadAccount>();
  /** The account of the current period by budget and value. */
  #current = new Map<Budget, Map<string, ThreadAccount>>();
  /** What was charged to accounts that were forgotten since; undefined from when they were too many on. */
  #forgotten: Map<string, AccountTotals> | undefined = new Map();

  constructor(table: BudgetTable) {
    this.table = table;
  }

  /** Holds and sums stay; scopes and periods count from the next call on. */
  apply(table: BudgetTable): void {
    this.table = table;
    this.#current = new Map();
  }

  of(spender: Spender, at: Instant): readonly ThreadAccount[] {
    const accounts: ThreadAccount[] = [];
    this.table.eachOf(spender, (budget, value) => accounts.push(this.#find(budget, value, at)));
    return accounts;
  }

  get(key: string): ThreadAccount | undefined {
    return this.#byKey.get(key);
  }

  open(name: AccountName, meter: Meter, now: Instant): ThreadAccount {
    const known = this.#byKey.get(name.key);
    if (known !== undefined) return known;
    const account = new ThreadAccount(name, { meter, changes: this.#changes, now });
    this.#byKey.set(name.key, account);
    return account;
  }

  /** Word of an account that was forgotten: a grant that came after that was taken up by nobody. */
  nothingAt(account: AccountName): SliceReport {
    const born = this.#changes.next();
    const nothing = { granted: 0n, returned: 0n, spent: 0n, held: 0n, inDoubt: 0n, overrun: 0n };
    return { account, birth: born, sequence: born, ...nothing, isClosed: true };
  }

  forget(key: string): void {
    const account = this.#byKey.get(key);
    if (account !== undefined) this.#sumUp(account);
    this.#byKey.delete(key);
    for (const values of this.#current.values())
      if (account !== undefined && values.get(account.name.value) === account) values.delete(account.name.value);
  }

  all(): IterableIterator<ThreadAccount> {
    return this.#byKey.values();
  }

  /** All that was ever charged here, to accounts whose period may still be asked about. Undefined when they are too many. */
  soFar(now: Instant): readonly AccountTotals[] | undefined {
    if (this.#forgotten === undefined) return undefined;
    for (const [key, { account }] of this.#forgotten) if (now >= account.to + KEPT_MS) this.#forgotten.delete(key);
    if (this.#forgotten.size + this.#byKey.size > SUMMED_MAX) return undefined;
    const totals = new Map(this.#forgotten);
    for (const account of this.#byKey.values()) totals.set(account.name.key, addTo(totals, account));
    return [...totals.values()].filter((total) => !isNothing(total));
  }

  #sumUp(account: ThreadAccount): void {
    if (this.#forgotten === undefined) return;
    const total = addTo(this.#forgotten, account);
    if (isNothing(total)) this.#forgotten.delete(account.name.key);
    else this.#forgotten.set(account.name.key, total);
    if (this.#forgotten.size > FORGOTTEN_MAX) this.#forgotten = undefined;
  }

  #find(budget: Budget, value: string, at: Instant): ThreadAccount {
    let values = this.#current.get(budget);
    const found = values?.get(value);
    if (found !== undefined && at >= found.name.from && at < found.name.to) {
      if (found.isClosed) found.reopen();
      return found;
    }
    const account = this.open(accountName(budget, value, at), budget.meter, at);
    if (account.isClosed && at < account.name.to) account.reopen();
    values ??= new Map();
    values.set(value, account);
    this.#current.set(budget, values);
    return account;
  }
}

function addTo(totals: ReadonlyMap<string, AccountTotals>, { name, charged }: ThreadAccount): AccountTotals {
  const before = totals.get(name.key);
  const { spent, inDoubt } = charged;
  return { account: name, spent: (before?.spent ?? 0n) + spent, inDoubt: (before?.inDoubt ?? 0n) + inDoubt };
}

function isNothing({ spent, inDoubt }: AccountTotals): boolean {
  return spent === 0n && inDoubt === 0n;
}
