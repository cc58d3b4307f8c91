import { unreachable } from "#std";
import { answerProblem, answerTraces, type TracesAnswer } from "./answer-traces.ts";
import { type Intake } from "./intake.ts";
import { readTraces, type TracesBody, type TracesProblem } from "./read-traces.ts";
import { type ReadSpans } from "./span.ts";
import { type Sender } from "./step-facts.ts";
import { type IntakeProblem } from "./step-journal.ts";
import { toMoney } from "./to-money.ts";
import { ownNames } from "./wanted.ts";

export interface TracesReply extends TracesAnswer {
  readonly status: number;
}

/** One export of OTLP from its bytes to its answer; the spans are in the journal when it is given. */
export async function takeTraces(intake: Intake, sender: Sender, body: TracesBody): Promise<TracesReply> {
  const { mediaType } = body;
  // Before they are decoded, which is most of what they cost.
  if (intake.isFull) return { status: 503, ...answerProblem(mediaType, describeDelay({ type: "too-fast" })) };
  const read = await readTraces(body);
  if (!read.ok) return { ...statusOf(read.error), ...answerProblem(mediaType, describe(read.error)) };
  const taken = await intake.takeSpans(sender, read.value.spans);
  if (!taken.ok) return { status: 503, ...answerProblem(mediaType, describeDelay(taken.error)) };
  return { status: 200, ...answerTraces(mediaType, withWarning(read.value)) };
}

const amounts = [ownNames.outcomeValue, ownNames.cost] as const;

/** A span stands without an amount that cannot be read, and its sender is told: in partial success, with no span rejected for it. */
function withWarning({ spans, rejected, reason }: ReadSpans): Pick<ReadSpans, "rejected" | "reason"> {
  const unread = spans.flatMap(({ trace, span, attributes }) =>
    amounts
      .filter((name) => attributes.has(name) && toMoney(attributes.get(name)) === undefined)
      .map((name) => `${name} of span ${span} in trace ${trace}`),
  );
  const [first] = unread;
  if (first === undefined) return { rejected, reason };
  const warning = `${unread.length} left out that are no amount of at most 9.2 billion, such as "2.50": the first is ${first}`;
  return { rejected, reason: reason === undefined ? warning : `${reason}; ${warning}` };
}

function describeDelay({ type }: IntakeProblem): string {
  const why = type === "too-fast" ? "Spans come faster than they are booked." : "The journal cannot be written.";
  return `${why} Send them again later.`;
}

function statusOf({ type }: TracesProblem): { readonly status: number } {
  switch (type) {
    case "unsupported":
      return { status: 415 };
    case "too-large":
      return { status: 413 };
    case "unreadable":
      return { status: 400 };
    default:
      return unreachable(type);
  }
}

function describe(problem: TracesProblem): string {
  switch (problem.type) {
    case "unsupported":
      return problem.what === "encoding"
        ? "Send the body plain or as gzip."
        : "Send application/x-protobuf or application/json.";
    case "too-large":
      return `The body is over ${problem.bytesMax} bytes. Send smaller batches.`;
    case "unreadable":
      return `The body cannot be read: ${problem.detail}.`;
    default:
      return unreachable(problem);
  }
}
