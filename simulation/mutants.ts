/** One bug each, put into a copy of the budgets' source: what the simulation must be able to see. */

export interface Mutant {
  readonly name: string;
  /** Below `src`. */
  readonly file: string;
  /** Stands once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A seed that is known to catch it, tried first where the search would take long. */
  readonly seed?: number;
}

const thread = "budget/thread-budgets.ts";
const account = "budget/thread-account.ts";
const authority = "budget/embedded-authority.ts";
const seen = "budget/authority-account.ts";
const fold = "budget/journal-fold.ts";
const bill = "budget/bill.ts";
const unit = "budget/unit.ts";
const waiting = "budget/waiting-calls.ts";
const clamp = "budget/clamp.ts";

export const mutants: readonly Mutant[] = [
  {
    name: "a scope is not checked",
    file: bill,
    find: "if (account.isClosed || (amount > 0n && account.left < amount)) return false;",
    replace: "if (account === accounts.at(-1) && amount > 0n && account.left < amount) return false;",
  },
  {
    name: "a hold is counted only when it is settled",
    file: account,
    find: "    this.left -= amount;\n    this.held += amount;\n",
    replace: "    this.held += amount;\n",
  },
  {
    name: "a hold shrinks to what is left",
    file: thread,
    find: "const accounts = this.#accounts.of(bill.spender, bill.at);",
    replace:
      'const accounts = this.#accounts.of(bill.spender, bill.at);\n    for (const each of accounts) if (each.meter === "USD" && each.left > 0n && each.left < bill.amount) return this.admit({ ...bill, clamp: undefined, amount: each.left });',
  },
  {
    name: "a settlement gives back the hold and charges nothing",
    file: account,
    find: "const rest = amount - spent - residual;",
    replace: "const rest = amount;",
  },
  {
    name: "a settlement is counted twice",
    file: thread,
    find: "    if (hold.isEnded) return false;\n    hold.isEnded = true;\n    // Most",
    replace: "    hold.isEnded = true;\n    // Most",
  },
  {
    name: "a thread says its last word while calls run",
    file: thread,
    find: "      if (account.running > 0 || account.waiting > 0) return undefined;\n",
    replace: "",
  },
  {
    name: "a period begins with its first use",
    file: "budget/budget-table.ts",
    find: "  const { key, from, to } = clock.at(at);",
    replace:
      "  const { key, from: begins, to: ends } = clock.at(at);\n  const [from, to] = [at, (at + (ends - begins)) as typeof ends];",
  },
  {
    name: "a slice is given back twice",
    file: account,
    find: "    this.#returned += this.left;",
    replace: "    this.#returned += this.left + this.left;",
  },
  {
    name: "a recalled slice is kept",
    file: account,
    find: "    this.grant(grant);\n    this.giveBack();",
    replace: "    this.grant(grant);",
  },
  {
    name: "a grant that is heard again counts again",
    file: account,
    find: "    this.left += more;",
    replace: "    this.left += granted;",
  },
  {
    name: "what a holder has already is granted once more",
    file: seen,
    find: "  const short = amount - (known > 0n ? known : 0n);",
    replace: "  const short = amount;",
  },
  {
    name: "what was held and never dispatched is charged after a crash",
    file: authority,
    find: "      account.replace(holder, byKey.get(key));",
    replace:
      "      const held = account.state.slices.get(holder)?.report?.held ?? 0n;\n      account.replace(holder, byKey.get(key));\n      account.state.inDoubt += held;",
  },
  {
    name: "the slice of a dead holder is lost",
    file: seen,
    find: "    this.state.slices.delete(holder);\n    if (totals",
    replace: "    if (totals",
  },
  {
    name: "a dead holder's slice is freed before its journal is read",
    file: authority,
    find: "    if (this.#holders.delete(holder)) this.#lost.add(holder);",
    replace:
      "    if (this.#holders.delete(holder)) this.#lost.add(holder);\n    for (const account of this.#accounts.values()) account.state.slices.delete(holder);",
  },
  {
    name: "the journal is added to what was reported",
    file: seen,
    find: "    this.state.spent += totals.spent - (slice",
    replace: "    this.state.spent += totals.spent + (slice?.report?.spent ?? 0n) - (slice",
  },
  {
    name: "dispatched attempts of a dead holder are forgotten",
    file: fold,
    find: "        add(totals, account, { spent, inDoubt: residual });",
    replace: "        add(totals, account, { spent, inDoubt: residual * 0n });",
  },
  {
    name: "unpriced attempts are free",
    file: unit,
    find: "residual: hold > residual ? hold : residual };",
    replace: "residual };",
  },
  {
    name: "a template is one budget for all",
    file: "budget/budget-table.ts",
    find: "      for (const budget of found) tell(budget, value);",
    replace: "      for (const budget of found) tell(budget, value.slice(0, 1));",
  },
  {
    name: "a lowered limit forgets what is held",
    file: authority,
    find: "      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);\n      this.#observe(account);",
    replace: "      if (account.charged() > this.#limitOf(account)) account.state.slices.clear();",
  },
  {
    name: "a lowered limit is not told to holders",
    file: authority,
    find: "      if (account.charged() > this.#limitOf(account)) this.#startRound(account, now);\n      this.#observe(account);",
    replace: "      this.#observe(account);",
  },
  {
    name: "nothing is called back before a refusal",
    file: authority,
    find: "    for (const holder of holders) this.#recall(account, id, holder);\n    if (holders.length === 0)",
    replace: "    if (holders.length >= 0)",
  },
  {
    name: "old news overwrites new",
    file: seen,
    find: "known.report.sequence >= report.sequence",
    replace: "known.report.sequence === report.sequence",
  },
  { name: "thresholds are told again and again", file: authority, find: "      state.told.add(percent);", replace: "" },
  {
    seed: 46,
    name: "a table is never full",
    file: authority,
    find: ">= definition.valuesMax",
    replace: "> 1e9 + definition.valuesMax",
  },
  {
    name: "what ran is never returned to a limit on what runs at once",
    file: unit,
    find: "      return NOTHING;\n    default:",
    replace: "      return { spent: 1n, residual: 0n };\n    default:",
  },
  {
    name: "what a dead thread ran runs for ever",
    file: unit,
    find: '  if (meter === "concurrent") return NOTHING;\n  const taken',
    replace: "  const taken",
  },
  {
    name: "each retry is a request of its key",
    file: unit,
    find: "return isFirst ? 1n : 0n;",
    replace: "return 1n;",
  },
  {
    name: "a provider's requests are counted once a call",
    file: unit,
    find: 'return scopeNames.includes("provider") ? "attempts" : "calls";',
    replace: 'return "calls";',
  },
  {
    name: "tokens that nobody reported are free",
    file: unit,
    find: 'return cost.type === "priced" ? NOTHING : { spent: 0n, residual: hold };',
    replace: "return NOTHING;",
  },
  {
    name: "cached tokens and answers are not counted",
    file: unit,
    find: '  "output_text",\n',
    replace: "",
  },
  {
    name: "a clamped hold is as large as before",
    file: waiting,
    find: "    call.size = sizeOfBill({ ...call.bill, ...clamp.sizeAt(cap) });",
    replace: "    call.size = sizeOfBill({ ...call.bill, ...clamp.sizeAt(clamp.capMin) });",
  },
  {
    seed: 227,
    name: "a clamp goes down to the least cap at once",
    file: clamp,
    find: "    if (fits(sizeAt(middle))) low = middle;",
    replace: "    if (middle < 0) low = middle;",
  },
  {
    name: "a cheaper target is asked for whenever one is offered",
    file: waiting,
    find: 'if (call.bill.mayDegrade === true && this.#may("degrade", refusal)) {',
    replace: "if (call.bill.mayDegrade === true) {",
  },
  {
    name: "a cheaper target is not asked for",
    file: waiting,
    find: 'if (call.bill.mayDegrade === true && this.#may("degrade", refusal)) {',
    replace: 'if (call.bill.mayDegrade === true && !this.#may("degrade", refusal)) {',
  },
  {
    seed: 943,
    name: "an ask that is older than its account is granted what its holder cannot take",
    file: authority,
    find: "    if (account.slice(ask.holder).report === undefined) {",
    replace: "    if (isNew) {",
  },
  {
    seed: 600,
    name: "a thread says nothing of an account that it has forgotten",
    file: thread,
    find: "[account?.report() ?? this.#accounts.nothingAt(grant.account)]",
    replace: "account === undefined ? [] : [account.report()]",
  },
  {
    seed: 38,
    name: "a slice is filled up while the limit is passed",
    file: authority,
    find: "    if (more <= 0n || this.#roomIn(account) < amount) return;",
    replace: "    if (more <= 0n) return;",
  },
];
