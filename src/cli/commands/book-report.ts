import { BillImport } from "#contract";
import { ok } from "#std";
import { showCount, showNanos } from "../amounts.ts";
import { askServer, serverOptions } from "../ask-server.ts";
import { type Command } from "../command.ts";
import { exitCodes, printable, usageProblem } from "../terminal.ts";

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const POLL_MS = 200;
const POLLS_MAX = 300;

export const bookReportCommand: Command = {
  name: "reconcile book",
  summary:
    "Books what the kept report of a month has and no entry as a bill: bypass, credits and taxes. Twice is once.",
  options: {
    provider: { takes: "NAME", says: "The configured provider, such as openai." },
    month: { takes: "MONTH", says: "In UTC, such as 2027-01; its days that are finished in the report." },
    json: { says: "The import as JSON, money exact in nanos." },
    ...serverOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal, world } = asked;
    const [provider, month] = [given.one("provider"), given.one("month")];
    if (provider === undefined) return usageProblem(terminal, "say whose report it is: --provider openai");
    if (month === undefined || !MONTH.test(month)) return usageProblem(terminal, "say which month: --month 2027-01");
    let isDone = false;
    const code = await askServer(
      asked,
      async (client) => {
        const begun = await client.post(`/api/v1/reports/${encodeURIComponent(provider)}/book`, { month }, BillImport);
        if (!begun.ok) return begun;
        let current = begun.value;
        for (let polls = 0; polls < POLLS_MAX && isRunning(current); polls += 1) {
          await world.clock.sleep(POLL_MS);
          const next = await client.get(`/api/v1/imports/${current.id}`, [], BillImport);
          if (!next.ok) return next;
          current = next.value;
        }
        return ok(current);
      },
      (report) => {
        isDone = report.state === "done" && report.set_aside === 0;
        terminal.out(given.has("json") ? `${JSON.stringify(report, null, 2)}\n` : toText(report));
      },
    );
    return code === exitCodes.fine && !isDone ? exitCodes.problem : code;
  },
};

function isRunning({ state }: BillImport): boolean {
  return state === "waiting" || state === "reading" || state === "receiving";
}

function toText({ state, detail, booked, corrected, taken_back, unchanged, nanos, currency }: BillImport): string {
  if (state !== "done") return `The import is ${state}${detail === undefined ? "" : `: ${detail}`}.\n`;
  const counts = [
    ["booked", booked],
    ["corrected", corrected],
    ["taken back", taken_back],
    ["unchanged", unchanged],
  ] as const;
  const said = counts.filter(([, count]) => count > 0).map(([name, count]) => `${showCount(count)} ${name}`);
  const change = `${showNanos(nanos)} ${printable(currency)}`;
  return `${said.length === 0 ? "Nothing to book" : said.join(", ")}. The books changed by ${change}.\n`;
}
