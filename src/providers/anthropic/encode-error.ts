import { type SpokenError } from "../wire-format.ts";

const types: Readonly<Record<SpokenError["kind"], string>> = {
  invalid_request: "invalid_request_error",
  authentication: "authentication_error",
  permission: "permission_error",
  not_found: "not_found_error",
  too_large: "request_too_large",
  rate_limit: "rate_limit_error",
  insufficient_quota: "billing_error",
  unavailable: "overloaded_error",
  upstream: "api_error",
  timeout: "timeout_error",
  not_built: "invalid_request_error",
};

export function encodeError(error: SpokenError): Buffer {
  return Buffer.from(JSON.stringify(spoken(error)));
}

export function encodeStreamError(error: SpokenError): Buffer {
  return Buffer.from(`event: error\ndata: ${JSON.stringify(spoken(error))}\n\n`);
}

function spoken({ kind, code, message, call, facts }: SpokenError) {
  return {
    type: "error",
    error: { ...facts, type: types[kind], message, tare_code: code },
    request_id: call ?? null,
  };
}
