import { type FailureKind } from "./answer-event.ts";

/** What a status alone can tell. */
type StatusKind = Exclude<FailureKind, "model_not_found" | "context_length" | "content_filter">;

const byStatus: ReadonlyMap<number, StatusKind> = new Map<number, StatusKind>([
  [401, "authentication"],
  [402, "insufficient_quota"],
  [403, "permission"],
  [404, "not_found"],
  [408, "timeout"],
  [413, "too_large"],
  [429, "rate_limit"],
  [503, "unavailable"],
  [504, "timeout"],
  [529, "unavailable"],
]);

/** What kind of failure a provider's status means; other client errors are about the request, all else about the provider. */
export function kindOfStatus(status: number): StatusKind {
  return byStatus.get(status) ?? (status >= 400 && status < 500 ? "invalid_request" : "upstream");
}

const statusByKind: Readonly<Record<FailureKind, number>> = {
  invalid_request: 400,
  authentication: 401,
  permission: 403,
  not_found: 404,
  model_not_found: 404,
  too_large: 413,
  context_length: 400,
  content_filter: 400,
  rate_limit: 429,
  insufficient_quota: 429,
  unavailable: 503,
  upstream: 502,
  timeout: 504,
};

/** The status of a failure that came inside an accepted answer. */
export function statusOfKind(kind: FailureKind): number {
  return statusByKind[kind];
}
