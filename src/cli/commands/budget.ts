import { type Budget, BudgetDetail, BudgetPage, SetBudget } from "#contract";
import { err, ok, type Result } from "#std";
import { showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Arguments, type Command } from "../command.ts";
import { listOptions, printRows, readLimit } from "../list-options.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";

const json = { says: "The answer as JSON." } as const;

const listCommand: Command = {
  name: "budget list",
  summary: "Budgets with what is spent, held, in doubt and left; the tightest first.",
  options: {
    each: { says: "A row for each value of a * budget, and not only for its tightest." },
    budget: { takes: "ID", says: "Only this budget." },
    ...listOptions,
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    const most = readLimit(given);
    if (!most.ok) return usageProblem(terminal, most.error);
    const query = [
      ["by", given.has("each") ? "account" : "budget"],
      ["budget", given.one("budget")],
      ["limit", String(Math.min(most.value, 500))],
    ] as const;
    return askServer(
      asked,
      (client) => client.pages("/api/v1/budgets", { query, schema: BudgetPage, most: most.value }),
      (listed) => printRows(asked, listed, (rows) => (rows.length === 0 ? NONE : table(columns, rows))),
    );
  },
};

const NONE = "No budgets. Make one with `tare budget set`, or write it into tare.yaml.\n";

const showCommand: Command = {
  name: "budget show",
  summary: "What one budget is made of, and who changed it.",
  options: {
    value: { takes: "NAME=VALUE", isRepeated: true, says: "Which value of a * budget, such as user=ada." },
    json,
    ...serverOptions,
  },
  operands: ["ID"],
  async run(asked) {
    const { given, terminal } = asked;
    const values = readPairs(given.all("value"));
    if (!values.ok) return usageProblem(terminal, `--value: ${values.error}`);
    const query = given.has("value") ? ([["values", JSON.stringify(values.value)]] as const) : [];
    return askServer(
      asked,
      (client) => client.get(pathOf(given), query, BudgetDetail),
      (detail) => terminal.out(given.has("json") ? toJson(detail) : toText(detail)),
    );
  },
};

const setCommand: Command = {
  name: "budget set",
  summary: "Makes, replaces or changes a budget; in force within a second.",
  options: {
    id: { takes: "ID", says: "The budget to change; what is not given stays as it is." },
    limit: { takes: "LIMIT", says: "500USD, 60requests, 100000tokens or 20concurrent; a space is fine in quotes." },
    scope: {
      takes: "NAME=VALUE",
      isRepeated: true,
      says: "Whose calls, such as team=support or user=*; or everything.",
    },
    per: { takes: "PERIOD", says: "minute, hour, day, week, month, year or total." },
    name: { takes: "NAME", says: "What it is called; by default its scope and period." },
    timezone: { takes: "ZONE", says: "The zone whose calendar cuts the periods." },
    at: { takes: "SHARE=ACTION", isRepeated: true, says: "Such as 80%=alert; 100%=refuse by default." },
    "values-max": { takes: "COUNT", says: "How many values a * scope may open in one period." },
    json,
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    const body = readBody(given);
    if (!body.ok) return usageProblem(terminal, body.error);
    return askServer(
      asked,
      (client) => client.put("/api/v1/budgets", body.value, SetBudget),
      (set) =>
        terminal.out(given.has("json") ? toJson(set) : table(columns, set.budget === undefined ? [] : [set.budget])),
    );
  },
};

const removeCommand: Command = {
  name: "budget remove",
  summary: "Ends a budget. The ledger keeps what was spent.",
  options: { json, ...serverOptions },
  operands: ["ID"],
  async run(asked) {
    const { given, terminal } = asked;
    const body = { id: given.operands[0], limit: null };
    return askServer(
      asked,
      (client) => client.put("/api/v1/budgets", body, SetBudget),
      (set) => terminal.out(given.has("json") ? toJson(set) : `${printable(set.id)} has ended\n`),
    );
  },
};

export const budgetCommands: readonly Command[] = [listCommand, showCommand, setCommand, removeCommand];

function readBody(given: Arguments): Result<Readonly<Record<string, unknown>>, string> {
  const limit = given.one("limit");
  if (limit === undefined) return err("--limit is missing: write 500USD, 60requests, 100000tokens or 20concurrent");
  const scope = given.all("scope");
  const pairs = readPairs(scope.filter((text) => text !== "everything"));
  if (!pairs.ok) return err(`--scope: ${pairs.error}`);
  const at = readPairs(given.all("at"));
  if (!at.ok) return err(`--at: ${at.error}`);
  const valuesMax = given.one("values-max");
  if (valuesMax !== undefined && !/^\d{1,7}$/.test(valuesMax)) return err("--values-max: write a number");
  const named = (["id", "name", "per", "timezone"] as const).flatMap((name) => {
    const text = given.one(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  return ok({
    ...Object.fromEntries(named),
    limit: limit.replace(/^([\d.]+) ?(?=[A-Za-z])/, "$1 "),
    ...(scope.length === 0 ? {} : { scope: scope.includes("everything") ? "everything" : pairs.value }),
    ...(given.has("at") ? { at: at.value } : {}),
    ...(valuesMax === undefined ? {} : { values_max: Number(valuesMax) }),
  });
}

function readPairs(texts: readonly string[]): Result<Readonly<Record<string, string>>, string> {
  const pairs: [string, string][] = [];
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at <= 0) return err(`write NAME=VALUE in place of ${text}`);
    pairs.push([text.slice(0, at), text.slice(at + 1)]);
  }
  return ok(Object.fromEntries(pairs));
}

function pathOf(given: Arguments): string {
  return `/api/v1/budgets/${encodeURIComponent(given.operands[0] ?? "")}`;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const columns: readonly Column<Budget>[] = [
  { title: "budget", text: ({ id }) => id },
  { title: "value", text: valueOf },
  { title: "limit", isNumber: true, text: (budget) => `${amount(budget, "limit")} ${budget.unit}` },
  { title: "spent", isNumber: true, text: (budget) => amount(budget, "spent") },
  { title: "held", isNumber: true, text: (budget) => amount(budget, "held") },
  { title: "in doubt", isNumber: true, text: (budget) => amount(budget, "in_doubt") },
  { title: "left", isNumber: true, text: (budget) => amount(budget, "left") },
  { title: "starts anew", text: ({ reset_at }) => reset_at ?? "never" },
  { title: "from", text: ({ origin }) => (origin === "config" ? "tare.yaml" : "books") },
];

function valueOf({ values, accounts }: Budget): string {
  if (values === undefined) return "";
  const text = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return `${text.join(" ")}${accounts > 1 ? ` (of ${accounts})` : ""}`;
}

function amount(budget: Budget, field: "limit" | "spent" | "held" | "in_doubt" | "left" | "unspendable"): string {
  const text = budget[field];
  if (text === undefined) return "?";
  return budget.unit === "USD" ? showNanos(text) : BigInt(text).toString();
}

function toText({ budget, booked, calls, holds, missing, changes }: BudgetDetail): string {
  const { forecast, at, from, reset_at } = budget;
  const rows: (readonly [string, string])[] = [
    ["budget", `${budget.id} (${budget.origin === "config" ? "tare.yaml" : `set by ${budget.changed_by}`})`],
    ["limit", `${budget.limit_text} per ${budget.per}, ${budget.timezone}`],
    [
      "at",
      Object.entries(at)
        .map(([share, action]) => `${share} ${action}`)
        .join(", "),
    ],
    ["period", `${from ?? "always"} – ${reset_at ?? "for ever"}`],
    ["spent", amount(budget, "spent")],
    ["held", amount(budget, "held")],
    ["in doubt", amount(budget, "in_doubt")],
    ["left", amount(budget, "left")],
  ];
  if (budget.values !== undefined) rows.splice(1, 0, ["value", valueOf({ ...budget, accounts: 1 })]);
  if (budget.unspendable !== undefined) rows.push(["unspendable", amount(budget, "unspendable")]);
  if (forecast !== undefined) {
    const show = (field: "low" | "likely" | "high") => amount({ ...budget, limit: forecast[field] }, "limit");
    rows.push(["forecast", `${show("likely")} (${show("low")} to ${show("high")})`]);
  }
  if (booked !== undefined)
    rows.push(["in the ledger", `${showNanos(booked.spent)} in ${booked.calls} calls, until ${booked.booked_until}`]);
  if (booked?.differs !== undefined) rows.push(["", booked.differs]);
  const filter = Object.entries(calls.filter).map(([name, values]) => `--where ${name}=${values.join()}`);
  rows.push(["its calls", `tare calls --from ${calls.from} --to ${calls.to} ${filter.join(" ")}`]);
  for (const { call, at: since, provider, model, amount: size } of holds)
    rows.push([
      "held now",
      `${amount({ ...budget, held: size }, "held")} since ${since} for ${call} (${provider}/${model})`,
    ]);
  rows.push(...missing.map((sentence) => ["not shown", sentence] as const));
  rows.push(
    ...changes.map(
      ({ at: when, who, before, after }) =>
        ["changed", `${when} by ${who}: ${before ?? "new"} → ${after ?? "ended"}`] as const,
    ),
  );
  return rows.map(([name, value]) => `${name.padEnd(14)} ${printable(value)}\n`).join("");
}
