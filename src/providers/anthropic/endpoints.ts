import { type Operation } from "#inference";
import { type Endpoint } from "../ask-source.ts";

/** All paths of this format. The provider's base URL does not carry the version. */
export const endpoints: readonly Endpoint[] = [
  messages("POST", "", "chat"),
  messages("POST", "/count_tokens", "count-tokens"),
  messages("POST", "/batches", "not-built"),
  messages("GET", "/batches", "not-built"),
  messages("GET", "/batches/{id}", "not-built"),
  messages("DELETE", "/batches/{id}", "not-built"),
  messages("POST", "/batches/{id}/cancel", "not-built"),
  messages("GET", "/batches/{id}/results", "not-built"),
];

function messages(method: Endpoint["method"], path: string, operation: Operation | "not-built"): Endpoint {
  const whole = `/v1/messages${path}`;
  const body = method === "POST" && !path.includes("{") ? "json" : "none";
  return {
    method,
    path: whole,
    upstreamPath: whole,
    operation,
    body,
    ...(path.includes("{id}") ? { idParameter: "id" } : {}),
  };
}
