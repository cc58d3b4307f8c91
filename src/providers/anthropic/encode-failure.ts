import { type FailureKind } from "#inference";
import { type SpokenFailure } from "../conversation.ts";

const types: Readonly<Record<FailureKind, string>> = {
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
};

/** A provider's error as Anthropic would say it, with the provider's message and word. */
export function encodeFailure({ failure: { kind, code, message }, call }: SpokenFailure): string {
  const own = types[kind];
  const word = code === undefined || code === own ? {} : { code };
  return JSON.stringify({ type: "error", error: { type: own, message, ...word }, request_id: call });
}
