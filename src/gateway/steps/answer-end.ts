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
  if (isDocument || isPage(headers)) return false;
  if (isAsked) return true;
  const isOpenEnded = headerIn(headers, "content-length") === undefined;
  return isOpenEnded && type !== undefined && !type.includes("json");
}

const answering: ReadonlySet<Operation> = new Set([
  "chat",
  "completion",
  "response",
  "embedding",
  "moderation",
  "image",
  "speech",
  "transcription",
]);

/**
 * Accepted, and nothing of what was asked for: an error and no more, a page or nothing at all that stands in the answer's place, or a list
 * without any picture, vector, verdict or choice. Vectors belong to their texts by their place, so that one for each is wanted; of several
 * pictures some are better than none. A transcript may be empty, where nobody spoke.
 */
export function isNoAnswer(ask: AskFacts, answer: WholeAnswer): boolean {
  const { facts, head } = answer;
  if (head.status >= 300 || !answering.has(ask.operation)) return false;
  // A response that failed has an id to be read by, and may have been paid for.
  if (facts.end === "error") return facts.upstreamId === undefined && facts.usage === undefined;
  return isEmpty(ask, answer);
}

interface WholeAnswer {
  readonly head: UpstreamHead;
  readonly facts: AnswerFacts;
  readonly body: Buffer;
}

function isEmpty({ operation, items = 1 }: AskFacts, { head: { headers }, facts, body }: WholeAnswer): boolean {
  if (operation === "transcription") return false;
  if (operation === "speech") return body.length === 0 || isText(headers);
  if (facts.items !== undefined && facts.items < items) return true;
  return facts.isUnread === true && !/^\s*[[{]/.test(body.toString("latin1", 0, OPENS_WITHIN_BYTES));
}

function isText(headers: readonly string[]): boolean {
  const type = headerIn(headers, "content-type")?.toLowerCase();
  return type?.startsWith("text/") === true && !type.startsWith("text/event-stream");
}

function isPage(headers: readonly string[]): boolean {
  return headerIn(headers, "content-type")?.toLowerCase().startsWith("text/html") === true;
}
