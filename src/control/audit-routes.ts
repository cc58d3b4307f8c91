import { type Books } from "#books";
import { AuditPage, AuditQuery } from "#contract";
import { err, ok } from "#std";
import { noBody, type Routes } from "./routes.ts";

export function addAuditRoute(routes: Routes, audit: Books["audit"]): void {
  routes.add({
    method: "GET",
    path: "/api/v1/audit",
    summary: "Who changed keys, tokens, budgets and the configuration, when, from what to what; newest first.",
    query: AuditQuery,
    body: noBody,
    answer: AuditPage,
    run: async ({ query }) => {
      const { limit, cursor, subject } = query;
      const after = cursor === undefined ? undefined : auditId(cursor);
      if (cursor !== undefined && after === undefined) {
        const fields = [{ path: "cursor", detail: "Not one that we gave." }];
        return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
      }
      const lines = await audit.list({ limit: limit + 1, after, subject });
      const rows = lines.slice(0, limit);
      return ok({
        json: {
          rows: rows.map((line) => ({ ...line, at: new Date(line.at).toISOString() })),
          cursor: lines.length > limit ? rows.at(-1)?.id : undefined,
        },
      });
    },
  });
}

function auditId(text: string) {
  return text.startsWith("audit_") ? (`audit_${text.slice("audit_".length)}` as const) : undefined;
}
