import { type AttemptState, type Settlement } from "#events";
import { type AnswerFacts, type AskFacts, type Operation } from "#inference";
import { headerIn } from "./headers.ts";
import { type UpstreamHead } from "./relay.ts";

// What is white for longer than this is not waited for to become JSON.
const OPENS_WITHIN_BYTES = 64;

/** How an attempt ended, by how its answer did. */
export function stateBy({ end }: AnswerFacts): AttemptState {
  switch (end) {
    case "complete":
      return "answered";
    case "background":
      return "background";
    case "error":
      return "failed";
    case "cut":
      return "cut";
    default:
      return end;
  }
}

/** How much of an answer the client has, by how it ended. */
export function deliveredBy(
  facts: AnswerFacts,
  { hasContent }: { readonly hasContent: boolean },
): Settlement["delivered"] {
  if (facts.end === "complete" || facts.end === "background") return "full";
  return hasContent ? "partial" : "none";
}

/** Neither a document nor of a known length. */
export function isOpenEnded({ headers }: UpstreamHead): boolean {
  if (headerIn(headers, "content-length") !== undefined) return false;
  const type = headerIn(headers, "content-type");
  return type !== undefined && !type.includes("json") && !type.startsWith("text/html");
}

const answeredInJson: ReadonlySet<Operation> = new Set(["chat", "completion", "response", "embedding"]);

/** Accepted, and nothing of what was asked for: an error and no more, or a page that stands in the answer's place. */
export function isNoAnswer(
  { operation, stream }: AskFacts,
  { status, facts, body }: { readonly status: number; readonly facts: AnswerFacts; readonly body: Buffer },
): boolean {
  if (stream || status >= 300 || !answeredInJson.has(operation)) return false;
  // A response that failed has an id to be read by, and may have been paid for.
  if (facts.end === "error") return facts.upstreamId === undefined && facts.usage === undefined;
  return facts.isUnread === true && !/^\s*[[{]/.test(body.toString("latin1", 0, OPENS_WITHIN_BYTES));
}
