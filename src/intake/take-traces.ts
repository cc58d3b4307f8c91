import { unreachable } from "#std";
import { answerProblem, answerTraces, type TracesAnswer } from "./answer-traces.ts";
import { type Intake } from "./intake.ts";
import { readTraces, type TracesBody, type TracesProblem } from "./read-traces.ts";
import { type Sender } from "./step-facts.ts";
import { type IntakeProblem } from "./step-journal.ts";

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
  return { status: 200, ...answerTraces(mediaType, read.value) };
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
