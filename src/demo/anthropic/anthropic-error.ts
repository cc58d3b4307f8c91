import { unreachable } from "#std";
import { type Complaint } from "../protocol.ts";

interface AnthropicError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** The error object itself, for answers and for events of a stream. */
export function toAnthropicError(complaint: Complaint): AnthropicError {
  switch (complaint.type) {
    case "authentication":
      return { status: 401, type: "authentication_error", message: "No such API key." };
    case "not-found":
      return { status: 404, type: "not_found_error", message: `${complaint.what}: ${complaint.name}` };
    case "invalid-request":
      return { status: 400, type: "invalid_request_error", message: `${complaint.field}: ${complaint.detail}` };
    case "rate-limit":
      return { status: 429, type: "rate_limit_error", message: "Too many calls for this simulated organization." };
    case "server-error":
      return { status: 500, type: "api_error", message: "The simulated server failed." };
    case "unavailable":
      return { status: 503, type: "api_error", message: "The simulated server is not there for the moment." };
    case "overloaded":
      return { status: 529, type: "overloaded_error", message: "The simulated server is overloaded." };
    default:
      return unreachable(complaint);
  }
}
