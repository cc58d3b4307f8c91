import { type AuditLine, AuditPage } from "#contract";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { printRows } from "../list-options.ts";
import { type Column, table } from "../table.ts";
import { usageProblem } from "../terminal.ts";

const LINES = 50;
const LINES_MAX = 100_000;

export const auditCommand: Command = {
  name: "audit",
  summary: "Who changed keys, tokens, budgets and the configuration, when, and from what to what; newest first.",
  options: {
    subject: { takes: "SUBJECT", says: "Only changes of this, such as `key key_0001`." },
    limit: { takes: "COUNT", says: `How many; ${LINES} by default.` },
    json: { says: "The answer as JSON, with before and after." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    const text = given.one("limit") ?? String(LINES);
    const most = /^[1-9]\d{0,5}$/.test(text) ? Math.min(Number(text), LINES_MAX) : undefined;
    if (most === undefined) return usageProblem(terminal, `--limit: write a number in place of ${text}`);
    return askServer(
      asked,
      (client) =>
        client.pages("/api/v1/audit", { query: [["subject", given.one("subject")]], schema: AuditPage, most }),
      (listed) => printRows(asked, listed, (rows) => table(columns, rows)),
    );
  },
};

const columns: readonly Column<AuditLine>[] = [
  { title: "at", text: ({ at }) => at },
  { title: "who", text: ({ who }) => who },
  { title: "action", text: ({ action }) => action },
  { title: "subject", text: ({ subject }) => subject },
];
