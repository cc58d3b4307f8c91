import { type AnswerFacts } from "#inference";
import { AnswerNotes } from "../answer-notes.ts";
import { bodyKind } from "../body-kind.ts";
import { type JsonFindings } from "../json-findings.ts";
import { compilePaths } from "../json-paths.ts";
import { JsonScan } from "../json-scan.ts";
import { readLabelled } from "../labelled-text.ts";
import { type SseFrame } from "../sse-frame.ts";
import { type FrameFate, type FrameReading, StreamAnswer } from "../stream-answer.ts";
import { parseUsage } from "../usage-counts.ts";
import { WholeAnswer, type WholeReading } from "../whole-answer.ts";
import { type AnswerOptions, type AnswerReader } from "../wire-format.ts";
import { kindOfException } from "./decode-failure.ts";
import { EventStream } from "./event-stream.ts";
import { readUsage } from "./usage.ts";

const conversePaths = compilePaths(
  ["usage", "serviceTier.type", "exception", "body.message", "message", "Message"],
  [
    "delta.text",
    "delta.reasoningContent.text",
    "delta.toolUse.input",
    "start.toolUse.name",
    "output.message.content[].text",
    "output.message.content[].reasoningContent.reasoningText.text",
    "output.message.content[].toolUse.name",
  ],
);
const { at } = conversePaths;

export function readAnswer(options: AnswerOptions): AnswerReader {
  switch (bodyKind(options)) {
    case "sse":
      return new EventStreamAnswer(options);
    case "json":
      return new WholeAnswer(new ConverseReading(), options.status);
    default:
      return readLabelled(options, () => new WholeAnswer(new ConverseReading(), options.status));
  }
}

/** Gives a binary stream out as server-sent events, for whoever translates it. */
class EventStreamAnswer implements AnswerReader {
  readonly #stream = new EventStream();
  readonly #answer: StreamAnswer;

  constructor({ receipt }: AnswerOptions) {
    this.#answer = new StreamAnswer(new ConverseReading(), receipt);
  }

  get hasSpoken(): boolean {
    return this.#answer.hasSpoken;
  }

  get hasContent(): boolean {
    return this.#answer.hasContent;
  }

  get nextSequence(): number {
    return this.#answer.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    return this.#answer.push(this.#stream.push(chunk));
  }

  finish(): Buffer {
    return this.#answer.finish();
  }

  facts(): AnswerFacts {
    return this.#answer.facts();
  }
}

/** An answer of Converse in one piece or in events. The usage comes behind the end of the message, and ends the stream. */
class ConverseReading implements FrameReading, WholeReading {
  readonly notes = new AnswerNotes();
  readonly paths = conversePaths;
  readonly hasOwnReceiptFrame = false;
  #scan: JsonScan | undefined;
  #hasStopped = false;

  readFrame(frame: SseFrame): FrameFate {
    const scan = (this.#scan ??= new JsonScan(conversePaths, { isStrict: false }));
    scan.reset();
    scan.push(frame.data, frame.from, frame.to);
    if (scan.isWhole) {
      this.notes.noteContent(scan.contentBytes);
      this.readWhole(scan.found);
    }
    if (frame.event === "messageStop") this.#hasStopped = true;
    if (frame.event === "exception") this.#noteException(scan.found);
    if (frame.event === "metadata") this.notes.noteComplete();
    return frame.event === "metadata" || frame.event === "exception" ? "last" : "keep";
  }

  readWhole(found: JsonFindings): void {
    const text = found.kind(at.usage) === "object" ? found.raw(at.usage) : undefined;
    const reported = parseUsage(text);
    if (text !== undefined && reported !== undefined) {
      this.notes.noteUsage(readUsage(reported), text);
      this.notes.isUsageFinal = true;
    }
    this.notes.tier = found.text(at["serviceTier.type"]) ?? this.notes.tier;
    // AWS writes `Message` where its front door answers in place of the model; an answer has neither at its top.
    const message = found.text(at.message) ?? found.text(at.Message);
    if (message !== undefined) this.notes.noteError(undefined, message);
  }

  #noteException(found: JsonFindings): void {
    this.notes.noteError(kindOfException(found.text(at.exception)), found.text(at["body.message"]));
  }

  // The message had ended, and only what it cost is missing.
  endBody(): void {
    if (this.#hasStopped) this.notes.noteComplete();
  }
}
