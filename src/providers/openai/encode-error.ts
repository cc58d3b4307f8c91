import { type SpokenError, type StreamErrorOptions } from "../wire-format.ts";

const types: Readonly<Record<SpokenError["kind"], string>> = {
  invalid_request: "invalid_request_error",
  authentication: "invalid_request_error",
  permission: "invalid_request_error",
  not_found: "invalid_request_error",
  too_large: "invalid_request_error",
  rate_limit: "rate_limit_error",
  insufficient_quota: "insufficient_quota",
  unavailable: "server_error",
  upstream: "server_error",
  timeout: "server_error",
  not_built: "invalid_request_error",
};

/** Codes that clients of the protocol look for; elsewhere ours stands in their place. */
const codes: Readonly<Partial<Record<SpokenError["kind"], string>>> = {
  authentication: "invalid_api_key",
  rate_limit: "rate_limit_exceeded",
  insufficient_quota: "insufficient_quota",
};

export function encodeError(error: SpokenError): Buffer {
  return Buffer.from(JSON.stringify({ error: spoken(error) }));
}

export function encodeStreamError(error: SpokenError, { operation, sequence }: StreamErrorOptions): Buffer {
  if (operation !== "response" && operation !== "response-read") {
    return Buffer.from(`data: ${JSON.stringify({ error: spoken(error) })}\n\n`);
  }
  const event = { ...spoken(error), error_type: types[error.kind], type: "error", sequence_number: sequence };
  return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}

function spoken({ kind, code, message, call, facts }: SpokenError) {
  return {
    ...facts,
    message,
    type: types[kind],
    param: null,
    code: codes[kind] ?? code,
    tare_code: code,
    ...(call === undefined ? {} : { call }),
  };
}
