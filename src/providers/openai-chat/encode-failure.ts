import { type FailureKind } from "#inference";
import { type SpokenFailure } from "../conversation.ts";

const types: Readonly<Record<FailureKind, string>> = {
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
};

/** A provider's error as OpenAI would say it, with the provider's message and word. */
export function encodeFailure({ failure: { kind, code, message } }: SpokenFailure): string {
  return JSON.stringify({ error: { message, type: types[kind], param: null, code: code ?? null } });
}
