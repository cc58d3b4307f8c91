import { InteractionDetail, InteractionPage, type InteractionRow, type StepRow } from "#contract";
import { err, ok, type Result } from "#std";
import { DurationText, parseMoney } from "#units";
import { type Query } from "../api-client.ts";
import { showCount, showNanos } from "../amounts.ts";
import { askList, filteredListOptions } from "../ask-list.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Arguments, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";

const PAGE_ROWS_MAX = 500;
const asTheyAre = ["sort", "tenant", "outcome", "state", "code", "status", "cost", "from", "to"] as const;

const interactionsCommand: Command = {
  name: "interactions",
  summary: "Uses of features, each with what all of its calls and steps cost, how long it took and what came of it.",
  options: {
    sort: { takes: "ORDER", says: "newest, which is the default, dearest or slowest." },
    tenant: { takes: "NAME", says: "Only those of this one." },
    outcome: { takes: "NAME", says: "Only those of which this was reported; or success, failure, none." },
    state: { takes: "STATE", says: "Only those of which a call or step ended so; or problems." },
    code: { takes: "CODE", says: "Only those of which a call or step ended with this code." },
    status: { takes: "STATUS", says: "Only those with a refusal or an attempt of this HTTP status." },
    cost: { takes: "KIND", says: "Only those of which a part is estimated, or unpriced." },
    "min-cost": { takes: "AMOUNT", says: "Only those that cost at least so much as a whole, such as 0.05." },
    "max-cost": { takes: "AMOUNT", says: "The same, at most; nothing that has a part without a price." },
    "min-value": { takes: "AMOUNT", says: "Only those whose outcomes are worth so much together at least." },
    "max-value": { takes: "AMOUNT", says: "The same, at most; nothing of which nobody said." },
    "min-time": { takes: "TIME", says: "Only those that took at least so long as a whole, such as 500ms, 2s or 5m." },
    "max-time": { takes: "TIME", says: "The same, at most." },
    from: { takes: "WHEN", says: "With a call or step from this time on, such as 2027-01-31T00:00:00Z." },
    to: { takes: "WHEN", says: "With a call or step before this time." },
    ...filteredListOptions,
  },
  operands: [],
  async run(asked) {
    const narrowed = readNarrowed(asked.given);
    if (!narrowed.ok) return usageProblem(asked.terminal, narrowed.error);
    return askList(asked, {
      path: "/api/v1/interactions",
      schema: InteractionPage,
      columns,
      query: narrowed.value,
      pageRowsMax: PAGE_ROWS_MAX,
    });
  },
};

const interactionCommand: Command = {
  name: "interaction",
  summary: "One use of a feature: its steps one below the other, with what each took and cost, and what came of it.",
  options: {
    tenant: { takes: "NAME", says: "Whose it is, where several have one of this id." },
    json: { says: "The answer as JSON, with its calls and entries, money exact in nanos." },
    ...serverOptions,
  },
  operands: ["ID"],
  async run(asked) {
    const { given, terminal } = asked;
    const path = `/api/v1/interactions/${encodeURIComponent(given.operands[0] ?? "")}`;
    const query: Query = [
      ["tenant", given.one("tenant")],
      ["entries", given.has("json") ? "all" : "none"],
    ];
    return askServer(
      asked,
      (client) => client.get(path, query, InteractionDetail),
      (answer) => terminal.out(given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer)),
    );
  },
};

export const interactionCommands: readonly Command[] = [interactionsCommand, interactionCommand];

const amounts = [
  ["cost", "nanos"],
  ["value", "value_nanos"],
] as const;

/** The error is a sentence. */
function readNarrowed(given: Arguments): Result<Query, string> {
  const query: (readonly [string, string | undefined])[] = asTheyAre.map((name) => [name, given.one(name)]);
  for (const bound of ["min", "max"]) {
    for (const [of, name] of amounts) {
      const written = given.one(`${bound}-${of}`);
      const amount = written === undefined ? undefined : parseMoney(written);
      if (amount !== undefined && (!amount.ok || amount.value < 0n))
        return err(`--${bound}-${of}: write an amount with at most nine places, such as 0.05`);
      query.push([`${bound}_${name}`, amount?.value.toString()]);
    }
    const time = given.one(`${bound}-time`);
    const ms = time === undefined ? undefined : DurationText.safeParse(time);
    if (ms?.success === false) return err(`--${bound}-time: write a time such as 500ms, 2s or 5m`);
    query.push([`${bound}_ms`, ms?.data.toString()]);
  }
  return ok(query);
}

const columns: readonly Column<InteractionRow>[] = [
  { title: "began", text: ({ from }) => from },
  { title: "interaction", text: ({ interaction }) => interaction },
  { title: "feature", text: ({ feature }) => feature },
  { title: "customer", text: ({ customer }) => customer },
  { title: "outcome", text: outcomesText },
  {
    title: "worth",
    isNumber: true,
    text: ({ value_nanos: value }) => (value === undefined ? "" : showNanos(value)),
  },
  { title: "calls", isNumber: true, text: ({ calls }) => showCount(calls) },
  { title: "other steps", isNumber: true, text: ({ steps }) => showCount(steps) },
  { title: "ms", isNumber: true, text: ({ duration_ms }) => duration_ms?.toFixed(0) ?? "" },
  { title: "cost", isNumber: true, text: (row) => costText(row.gross_nanos, row) },
];

function outcomesText({ outcomes, failed_outcomes: failed }: InteractionRow): string {
  return outcomes.map((name) => (failed.includes(name) ? `not ${name}` : name)).join(", ");
}

interface Doubts {
  readonly unpriced: number;
  readonly estimated_nanos: string;
}

function costText(nanos: string | undefined, { unpriced, estimated_nanos }: Doubts): string {
  if (nanos === undefined) return unpriced > 0 ? "unpriced" : "";
  // A sum of nothing is 0, which nobody knows to be what it cost.
  if (nanos === "0" && unpriced > 0) return `unpriced (${unpriced})`;
  return `${estimated_nanos === "0" ? "" : "~"}${showNanos(nanos)}${unpriced > 0 ? ` + unpriced (${unpriced})` : ""}`;
}

function toText({ interaction, tenant, from, steps, outcomes, ...sums }: InteractionDetail): string {
  const began = Date.parse(from);
  const head = `${printable(interaction)} of ${printable(tenant)}, began ${from}\n\n`;
  const foot = `\nCost ${costText(sums.gross_nanos, sums)}, net ${showNanos(sums.net_nanos)}, tare ${showNanos(sums.tare_nanos)}.\n`;
  return `${head}${table(stepColumns(began), steps)}${foot}Outcome: ${cameOfIt(outcomes)}.\n`;
}

function cameOfIt(outcomes: InteractionDetail["outcomes"]): string {
  if (outcomes.length === 0) return "none reported yet";
  const told = outcomes.map(({ name, success, value_nanos: value }) => {
    const named = printable(success ? name : `not ${name}`);
    return value === undefined ? named : `${named}, worth ${showNanos(value)}`;
  });
  return told.join("; ");
}

function stepColumns(began: number): readonly Column<StepRow>[] {
  return [
    { title: "step", text: ({ depth, name }) => `${"  ".repeat(Math.min(depth, 20))}${name}` },
    { title: "kind", text: ({ kind }) => kind },
    { title: "state", text: ({ state }) => state },
    { title: "model", text: ({ model }) => model ?? "" },
    { title: "after ms", isNumber: true, text: ({ at }) => (Date.parse(at) - began).toFixed(0) },
    { title: "ms", isNumber: true, text: ({ duration_ms }) => duration_ms?.toFixed(0) ?? "" },
    { title: "cost", isNumber: true, text: (row) => costText(row.nanos, row) },
    { title: "with those below", isNumber: true, text: ({ total_nanos }) => showNanos(total_nanos) },
  ];
}
