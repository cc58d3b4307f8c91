import { type SpokenError, type StreamErrorOptions } from "../wire-format.ts";

const statuses: Readonly<Record<SpokenError["kind"], string>> = {
  invalid_request: "INVALID_ARGUMENT",
  authentication: "UNAUTHENTICATED",
  permission: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  too_large: "INVALID_ARGUMENT",
  rate_limit: "RESOURCE_EXHAUSTED",
  insufficient_quota: "RESOURCE_EXHAUSTED",
  unavailable: "UNAVAILABLE",
  upstream: "INTERNAL",
  timeout: "DEADLINE_EXCEEDED",
  not_built: "UNIMPLEMENTED",
};

export function encodeError(error: SpokenError): Buffer {
  return Buffer.from(JSON.stringify({ error: spoken(error) }));
}

/** A stream that is one JSON array ends with the error as its last element. */
export function encodeStreamError(error: SpokenError, { contentType }: StreamErrorOptions): Buffer {
  const text = JSON.stringify({ error: spoken(error) });
  return Buffer.from(contentType?.includes("json") === true ? `,\n${text}]` : `data: ${text}\n\n`);
}

function spoken({ kind, status, code, message, call, facts }: SpokenError) {
  const metadata: Record<string, string | number> = call === undefined ? { ...facts } : { ...facts, call };
  return {
    code: status,
    message,
    status: statuses[kind],
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: code,
        domain: "tare",
        metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)])),
      },
    ],
    tare_code: code,
  };
}
