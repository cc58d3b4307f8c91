/** Stand-ins for what finance asks: one comparison with a report, and one table. */
import { err, ok } from "#std";
import { type ControlSources } from "./sources.ts";
import { aReconciliation } from "./test-answers.ts";

export const financeSources: Pick<ControlSources, "reconciliations" | "exports"> = {
  reconciliations: {
    reconcile: async ({ provider }) =>
      provider === "nobody"
        ? err({ code: "report_repeated", path: "pages.1.data.0", detail: "Twice." })
        : ok({ ...aReconciliation, provider }),
  },
  exports: {
    focus: async ({ version }) => {
      const bytes = linesOf(["BilledCost\r\n", `${version}\r\n`]);
      return ok({ mediaType: "text/csv; charset=utf-8", unpriced: 2, bytes });
    },
  },
};

async function* linesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(line);
}
