import { type Entry, EntryPage } from "#contract";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { filterOptions, readFilters } from "../filters.ts";
import { listOptions, printRows, readLimit } from "../list-options.ts";
import { type Column, table } from "../table.ts";
import { usageProblem } from "../terminal.ts";

export const entriesCommand: Command = {
  name: "entries",
  summary: "Ledger lines, newest first: one for each attempt, step and bill.",
  options: {
    interaction: { takes: "ID", says: "Only those of this interaction." },
    call: { takes: "ID", says: "Only those of this call." },
    ...filterOptions,
    ...listOptions,
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    const filters = readFilters(given.all("where"));
    if (!filters.ok) return usageProblem(terminal, filters.error);
    const most = readLimit(given);
    if (!most.ok) return usageProblem(terminal, most.error);
    const asking = [
      ["interaction", given.one("interaction")],
      ["call", given.one("call")],
    ] as const;
    const query = [...asking, ["limit", String(Math.min(most.value, 1000))], ...filters.value] as const;
    return askServer(
      asked,
      (client) => client.pages("/api/v1/entries", { query, schema: EntryPage, most: most.value }),
      (listed) => printRows(asked, listed, (rows) => table(columnsFor(given.one("call")), rows)),
    );
  },
};

const columns: readonly Column<Entry>[] = [
  { title: "incurred at", text: ({ incurred_at }) => incurred_at },
  { title: "call", text: ({ call }) => call },
  { title: "kind", text: ({ kind, step }) => (step === undefined ? kind : `${kind} ${step}`) },
  { title: "purpose", text: ({ purpose, number }) => (number > 1 ? `${purpose} ${number}` : purpose) },
  { title: "state", text: ({ state, error }) => (error === undefined ? state : `${state} (${error})`) },
  { title: "feature", text: ({ feature }) => feature },
  { title: "target", text: ({ target }) => target },
  { title: "quantity", isNumber: true, text: (entry) => quantityText(entry) },
  { title: "cost", isNumber: true, text: (entry) => costText(entry) },
  { title: "in doubt", isNumber: true, text: ({ in_doubt_nanos }) => showNanos(in_doubt_nanos) },
];

/** Of one call there are few, and then why each went where it went has room. */
function columnsFor(call: string | undefined): readonly Column<Entry>[] {
  return call === undefined ? columns : [...columns, { title: "why", text: ({ why }) => why ?? "" }];
}

function quantityText({ components }: Entry): string {
  return components.length === 0 ? "" : showCount(components.reduce((sum, { quantity }) => sum + quantity, 0));
}

function costText({ cost_type, nanos }: Entry): string {
  if (nanos === undefined) return "unpriced";
  return cost_type === "estimated" ? `~${showNanos(nanos)}` : showNanos(nanos);
}
