import { type SettledRow, SettlementPreview } from "#contract";
import { err, ok, type Result } from "#std";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Asked, type Command } from "../command.ts";
import { type Column, table } from "../table.ts";
import { printable, usageProblem } from "../terminal.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const settleCommand: Command = {
  name: "reconcile settle",
  summary: "Shows what is estimated or in doubt at what its provider's kept report has of it; books it with --apply.",
  options: {
    provider: { takes: "NAME", says: "The configured provider, such as openai." },
    from: { takes: "DAY", says: "First day in UTC, such as 2027-01-01." },
    to: { takes: "DAY", says: "Last day, included." },
    apply: { says: "Books the difference as adjustments with their reason; the entries stay as they were." },
    json: { says: "The whole answer as JSON, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const question = readQuestion(asked);
    if (!question.ok) return usageProblem(asked.terminal, question.error);
    const { given, terminal } = asked;
    const isApplied = given.has("apply");
    return askServer(
      asked,
      async (client) => {
        const shown = await client.post("/api/v1/reconciliations/settle/preview", question.value, SettlementPreview);
        if (!shown.ok || !isApplied || shown.value.total.attempts === 0) return shown;
        const body = { ...question.value, expected_nanos: shown.value.total.difference_nanos };
        return client.post("/api/v1/reconciliations/settle/apply", body, SettlementPreview);
      },
      (answer) => terminal.out(given.has("json") ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer, isApplied)),
    );
  },
};

function readQuestion({ given }: Asked): Result<object, string> {
  const [provider, from, to] = [given.one("provider"), given.one("from"), given.one("to")];
  if (provider === undefined) return err("say whose report settles it: --provider openai");
  if (from === undefined || to === undefined || !DAY.test(from) || !DAY.test(to))
    return err("say which days: --from 2027-01-01 --to 2027-01-31");
  return ok({ provider, from, to });
}

const sayWhy: Readonly<Record<SettlementPreview["left"][number]["why"], string>> = {
  "not-finished": "the report of the day may not be finished",
  "not-stated": "the report says nothing of what was used",
  "less-than-certain": "the report has less than was measured",
  "more-than-held": "the report has more than these can have cost: some went past the gateway",
  "several-tiers": "what has no tier in the report may be of any",
  "no-price": "no price is known",
  "no-report": "no report of the day is kept",
};

function toText({ provider, rows, total, left }: SettlementPreview, isApplied: boolean): string {
  const open = left.map(
    ({ day, model, attempts, why }) =>
      `  ${day} ${printable(model)}: ${showCount(attempts)} stay open, ${sayWhy[why]}\n`,
  );
  const rest = open.length === 0 ? "" : `\nLeft as they are:\n${open.join("")}`;
  if (rows.length === 0) return `Nothing of ${printable(provider)} can be settled.\n${rest}`;
  const did = isApplied ? "booked" : "not booked yet; --apply books it";
  const text = table<Named>(
    columns,
    rows.map((row) => ({ ...row, name: `${row.day} ${printable(row.model)}` })),
    { ...total, name: "all" },
  );
  return `${text}\n${did}\n${rest}`;
}

type Named = Omit<SettledRow, "day" | "model"> & { readonly name: string };

const columns: readonly Column<Named>[] = [
  { title: "day and model", text: ({ name }) => name },
  { title: "attempts", isNumber: true, text: ({ attempts }) => showCount(attempts) },
  { title: "estimated", isNumber: true, text: (row) => showNanos(row.before_nanos) },
  { title: "in doubt", isNumber: true, text: (row) => showNanos(row.in_doubt_nanos) },
  { title: "by the report", isNumber: true, text: (row) => showNanos(row.after_nanos) },
  { title: "difference", isNumber: true, text: (row) => showNanos(row.difference_nanos) },
];
