import { type AttemptState, type Settlement } from "#events";
import { type AnswerFacts } from "#inference";
import { headerIn } from "./headers.ts";
import { type UpstreamHead } from "./relay.ts";

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
  return headerIn(headers, "content-type")?.includes("json") === false;
}
