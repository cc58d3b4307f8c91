/** Every route of both listeners with what it needs, in one table; what is not in it does not exist. */
import { isAllowed, type Need, type Role } from "./role.ts";

interface Row {
  readonly listener: "data" | "control";
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{id}` stands for one path segment, `/*` at the end for any rest. */
  readonly path: `/${string}`;
  readonly needs: Need;
}

export const permissions = [
  { listener: "data", method: "POST", path: "/v1/chat/completions", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/completions", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/responses", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/responses/input_tokens", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/responses/{id}", needs: "key" },
  { listener: "data", method: "DELETE", path: "/v1/responses/{id}", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/responses/{id}/cancel", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/responses/{id}/input_items", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/embeddings", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/moderations", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/images/generations", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/images/edits", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/images/variations", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/audio/speech", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/audio/transcriptions", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/audio/translations", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/rerank", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/files", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/files", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/files/{id}", needs: "key" },
  { listener: "data", method: "DELETE", path: "/v1/files/{id}", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/files/{id}/content", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/batches", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/batches", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/batches/{id}", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/batches/{id}/cancel", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/models", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/models/{model}", needs: "key" },
  { listener: "data", method: "GET", path: "/v1beta/models", needs: "key" },
  { listener: "data", method: "GET", path: "/v1beta/models/{model}", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/messages", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/messages/count_tokens", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/messages/batches", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/messages/batches", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/messages/batches/{id}", needs: "key" },
  { listener: "data", method: "DELETE", path: "/v1/messages/batches/{id}", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/messages/batches/{id}/cancel", needs: "key" },
  { listener: "data", method: "GET", path: "/v1/messages/batches/{id}/results", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/models/{model}:generateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/models/{model}:streamGenerateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/models/{model}:embedContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/models/{model}:batchEmbedContents", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/models/{model}:countTokens", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/{model}:generateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/{model}:streamGenerateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/{model}:embedContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/{model}:batchEmbedContents", needs: "key" },
  { listener: "data", method: "POST", path: "/v1beta/{model}:countTokens", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/models/{model}:generateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/models/{model}:streamGenerateContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/models/{model}:embedContent", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/models/{model}:batchEmbedContents", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/models/{model}:countTokens", needs: "key" },
  { listener: "data", method: "POST", path: "/v1/traces", needs: "key" },
  { listener: "data", method: "GET", path: "/healthz", needs: "open" },
  { listener: "data", method: "GET", path: "/readyz", needs: "open" },

  { listener: "control", method: "GET", path: "/api/v1/session", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/session", needs: "open" },
  { listener: "control", method: "DELETE", path: "/api/v1/session", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/spend", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/tags", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/entries", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/calls", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/calls/{id}", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/interactions", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/interactions/{id}", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/unit-costs", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/steps", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/outcomes", needs: "finance" },
  { listener: "control", method: "DELETE", path: "/api/v1/outcomes/{id}", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/reconciliations", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/reconciliations", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/reconciliations/settle/preview", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/reconciliations/settle/apply", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/commitments", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/reports", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/reports/{id}/fetch", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/reports/{id}/book", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/exports/focus", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/prices/preview", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/prices/apply", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/bills", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/bills/rows", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/meters", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/imports", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/imports", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/imports/{id}", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/imports/{id}/parts", needs: "finance" },
  { listener: "control", method: "POST", path: "/api/v1/imports/{id}/book", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/latency", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/errors", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/prices", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/status", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/keys", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/keys", needs: "admin" },
  { listener: "control", method: "POST", path: "/api/v1/keys/{id}/revoke", needs: "admin" },
  { listener: "control", method: "POST", path: "/api/v1/keys/{id}/rotate", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/v1/budgets", needs: "viewer" },
  { listener: "control", method: "PUT", path: "/api/v1/budgets", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/v1/budgets/{id}", needs: "viewer" },
  { listener: "control", method: "DELETE", path: "/api/v1/budgets/{id}", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/v1/tokens", needs: "admin" },
  { listener: "control", method: "POST", path: "/api/v1/tokens", needs: "admin" },
  { listener: "control", method: "DELETE", path: "/api/v1/tokens/{id}", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/v1/audit", needs: "admin" },
  { listener: "control", method: "POST", path: "/api/v1/backups", needs: "admin" },
  { listener: "control", method: "POST", path: "/api/v1/cache/forget", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/v1/slos", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/targets", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/margins", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/returns", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/revenue", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/revenue", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/allocations", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/allocations/explain", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/statements/{id}/{month}", needs: "viewer" },
  { listener: "control", method: "GET", path: "/api/v1/money-flow", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/periods/{id}/close", needs: "finance" },
  { listener: "control", method: "GET", path: "/api/v1/alerts", needs: "viewer" },
  { listener: "control", method: "POST", path: "/api/v1/alerts/{id}/resend", needs: "admin" },
  { listener: "control", method: "GET", path: "/api/openapi.json", needs: "open" },
  { listener: "control", method: "GET", path: "/metrics", needs: "viewer-unless-loopback" },
  { listener: "control", method: "GET", path: "/healthz", needs: "open" },
  { listener: "control", method: "GET", path: "/*", needs: "open" },
] as const satisfies readonly Row[];

type Permission = (typeof permissions)[number] & {
  /** True when somebody with this role may use the route; undefined is somebody without one. */
  readonly admits: (role: Role | undefined) => boolean;
};

const rows: ReadonlyMap<string, Permission> = new Map(
  permissions.map((row) => [
    `${row.listener} ${row.method} ${row.path}`,
    { ...row, admits: (role) => isAllowed(role, row.needs) },
  ]),
);

/**
 * The row of a route by its template, as the router matched it; never by the URL of a request, since two parsers of one
 * URL is how peers were walked around. Undefined means that the route must not be served.
 */
export function permissionOf(listener: Row["listener"], method: string, path: string): Permission | undefined {
  return rows.get(`${listener} ${method} ${path}`);
}
