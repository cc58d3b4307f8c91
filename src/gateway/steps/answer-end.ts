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

/** What may go on to the client piece by piece: a stream where one was asked for, else what is made while it is sent. */
export function isAnswerStream(
  { status, headers }: UpstreamHead,
  { isAsked, isDocument }: { readonly isAsked: boolean; readonly isDocument: boolean },
): boolean {
  if (status >= 400) return false;
  const type = headerIn(headers, "content-type");
  const isPage = type?.startsWith("text/html") === true;
  if (isAsked) return !isDocument && !isPage;
  const isOpenEnded = headerIn(headers, "content-length") === undefined;
  return isOpenEnded && type !== undefined && !type.includes("json") && !isPage;
}

const answeredInJson: ReadonlySet<Operation> = new Set(["chat", "completion", "response", "embedding"]);

/** Accepted, and nothing of what was asked for: an error and no more, or a page that stands in the answer's place. */
export function isNoAnswer(
  { operation }: AskFacts,
  { status, facts, body }: { readonly status: number; readonly facts: AnswerFacts; readonly body: Buffer },
): boolean {
  if (status >= 300 || !answeredInJson.has(operation)) return false;
  // A response that failed has an id to be read by, and may have been paid for.
  if (facts.end === "error") return facts.upstreamId === undefined && facts.usage === undefined;
  return facts.isUnread === true && !/^\s*[[{]/.test(body.toString("latin1", 0, OPENS_WITHIN_BYTES));
}
