import { type Books } from "#books";
import { FocusQuery } from "#contract";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { changeBy } from "./change-by.ts";
import { noBody, type Routes } from "./routes.ts";
import { type ControlLog } from "./control-log.ts";

/** A table that is made while it is sent. */
export interface FocusExport {
  readonly mediaType: string;
  /** Entries whose cost nobody knows: they are in no row. */
  readonly unpriced: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ExportSource {
  /** The error is one sentence. */
  focus(query: FocusQuery): Promise<Result<FocusExport, string>>;
}

interface Parts {
  readonly source: ExportSource;
  readonly audit: Books["audit"];
  readonly world: World;
  readonly log: ControlLog;
}

export function addExportRoute(routes: Routes, { source, audit, world, log }: Parts): void {
  routes.add({
    method: "GET",
    path: "/api/v1/exports/focus",
    summary: "The ledger as FOCUS Cost and Usage: a row for each SKU meter and price, streamed as CSV or as Parquet.",
    query: FocusQuery,
    body: noBody,
    answer: undefined,
    mediaTypes: ["text/csv", "application/vnd.apache.parquet"],
    run: async ({ query, caller }) => {
      const { from, to, version, format } = query;
      if (Date.parse(to) <= Date.parse(from)) return err(badRange("Must be after from."));
      const made = await source.focus(query);
      if (!made.ok) return err(badRange(made.error));
      const change = changeBy(caller, world);
      const after = JSON.stringify({ from, to, version, format });
      await audit.add(change, { action: "exported", subject: "focus", before: undefined, after });
      log("info", "exported", { what: "focus", from, to, version, who: change.who });
      return ok({
        stream: made.value.bytes,
        mediaType: made.value.mediaType,
        headers: {
          "content-disposition": `attachment; filename="focus-${from.slice(0, 10)}-${to.slice(0, 10)}.${format}"`,
          "x-tare-unpriced": String(made.value.unpriced),
        },
      });
    },
  });
}

function badRange(detail: string) {
  const fields = [{ path: "to", detail }];
  return { code: "invalid_query", detail: "Some query parameters are wrong.", fields } as const;
}
