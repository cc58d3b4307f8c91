import { unreachable } from "#std";
import { type Complaint } from "../protocol.ts";

interface GeminiError {
  readonly code: number;
  readonly message: string;
  readonly status: string;
}

/** The error object itself, for answers and for chunks of a stream. */
export function toGeminiError(complaint: Complaint): GeminiError {
  switch (complaint.type) {
    case "authentication":
      return { code: 400, message: "No such API key.", status: "INVALID_ARGUMENT" };
    case "not-found":
      return { code: 404, message: `There is no ${complaint.what} ${complaint.name}.`, status: "NOT_FOUND" };
    case "invalid-request":
      return { code: 400, message: `${complaint.field}: ${complaint.detail}`, status: "INVALID_ARGUMENT" };
    case "rate-limit":
      return { code: 429, message: "The simulated project's quota is used up.", status: "RESOURCE_EXHAUSTED" };
    case "server-error":
      return { code: 500, message: "The simulated server failed.", status: "INTERNAL" };
    case "unavailable":
    case "overloaded":
      return { code: 503, message: "The simulated model is overloaded.", status: "UNAVAILABLE" };
    default:
      return unreachable(complaint);
  }
}
