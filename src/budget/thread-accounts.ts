/** All accounts that a thread knows, found by what holds a call. */
import { type Instant } from "#units";
import { type AccountName, accountName, type Budget, type BudgetTable } from "./budget-table.ts";
import { type SliceReport } from "./messages.ts";
import { type Spender } from "./scope.ts";
import { Changes, ThreadAccount } from "./thread-account.ts";
import { type Meter } from "./unit.ts";

export class ThreadAccounts {
  table: BudgetTable;
  readonly #changes = new Changes();
  readonly #byKey = new Map<string, ThreadAccount>();
  /** The account of the current period by budget and value. */
  #current = new Map<Budget, Map<string, ThreadAccount>>();

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
    this.#byKey.delete(key);
    for (const values of this.#current.values())
      if (account !== undefined && values.get(account.name.value) === account) values.delete(account.name.value);
  }

  all(): IterableIterator<ThreadAccount> {
    return this.#byKey.values();
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
