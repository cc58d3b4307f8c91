import { unreachable } from "#std";
import { type Complaint } from "../protocol.ts";

interface OpenaiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** The error object itself, for answers and for events of a stream. */
export function toOpenaiError(complaint: Complaint): OpenaiError {
  const plain = { param: null, code: null };
  switch (complaint.type) {
    case "authentication":
      return {
        status: 401,
        message: "No such API key.",
        type: "invalid_request_error",
        param: null,
        code: "invalid_api_key",
      };
    case "not-found": {
      const message = `There is no ${complaint.what} called '${complaint.name}'.`;
      const code = complaint.what === "model" ? "model_not_found" : null;
      return { status: 404, message, type: "invalid_request_error", param: null, code };
    }
    case "invalid-request":
      return {
        ...plain,
        status: 400,
        message: complaint.detail,
        type: "invalid_request_error",
        param: complaint.field,
      };
    case "rate-limit": {
      const message = "Too many calls for this simulated organization; try again in 20ms.";
      return { status: 429, message, type: "requests", param: null, code: "rate_limit_exceeded" };
    }
    case "server-error":
      return { ...plain, status: 500, message: "The simulated server failed.", type: "server_error" };
    case "unavailable":
    case "overloaded":
      return { ...plain, status: 503, message: "The simulated engine is overloaded.", type: "server_error" };
    default:
      return unreachable(complaint);
  }
}

/** An error as the last event of a stream of this protocol but Responses. */
export function encodeErrorFrame(complaint: Complaint): string {
  const { status: _, ...error } = toOpenaiError(complaint);
  return `data: ${JSON.stringify({ error })}\n\n`;
}
