import { AnswerNotes } from "../answer-notes.ts";
import { bodyKind } from "../body-kind.ts";
import { type JsonFindings } from "../json-findings.ts";
import { compilePaths } from "../json-paths.ts";
import { JsonScan } from "../json-scan.ts";
import { isOutOfCredit } from "../known-failure.ts";
import { readLabelled } from "../labelled-text.ts";
import { type SseFrame } from "../sse-frame.ts";
import { type FrameFate, type FrameReading, StreamAnswer } from "../stream-answer.ts";
import { parseUsage } from "../usage-counts.ts";
import { WholeAnswer, type WholeReading } from "../whole-answer.ts";
import { type AnswerOptions, type AnswerReader } from "../wire-format.ts";
import { geographyOf, mergeUsage, readUsage } from "./usage.ts";

const messagePaths = compilePaths(
  [
    "type",
    "id",
    "model",
    "usage",
    "message.id",
    "message.model",
    "message.usage",
    "error",
    "error.type",
    "error.message",
    "error.details.error_code",
    "input_tokens",
  ],
  [
    "content[].text",
    "content[].thinking",
    "content[].name",
    "delta.text",
    "delta.thinking",
    "delta.partial_json",
    "delta.signature",
    "content_block.text",
    "content_block.name",
  ],
);
const { at } = messagePaths;

export function readAnswer(options: AnswerOptions): AnswerReader {
  switch (bodyKind(options)) {
    case "sse":
      return new StreamAnswer(new MessageReading(), options.receipt);
    case "json":
      return new WholeAnswer(new MessageReading(), options.status);
    default:
      return readLabelled(options, () => new WholeAnswer(new MessageReading(), options.status));
  }
}

/** A message in one piece or in events. Events repeat and extend the usage: the last count of each field is the truth. */
class MessageReading implements FrameReading, WholeReading {
  readonly notes = new AnswerNotes();
  readonly paths = messagePaths;
  readonly hasOwnReceiptFrame = false;
  #scan: JsonScan | undefined;
  #usage: { readonly [key: string]: unknown } | undefined;

  readFrame(frame: SseFrame): FrameFate {
    const scan = (this.#scan ??= new JsonScan(messagePaths, { isStrict: false }));
    scan.reset();
    scan.push(frame.data, frame.from, frame.to);
    if (scan.isWhole) {
      this.notes.noteContent(scan.contentBytes);
      this.readWhole(scan.found);
    }
    const type = scan.found.text(at.type) ?? frame.event;
    // Counts up to the end of generation; only message_stop follows.
    if (type === "message_delta" && scan.found.kind(at.usage) === "object") this.notes.isUsageFinal = true;
    if (type === "error") noteErrorIn(this.notes, scan.found);
    if (type === "message_stop") this.notes.noteComplete();
    return type === "message_stop" || type === "error" ? "last" : "keep";
  }

  readWhole(found: JsonFindings): void {
    const { notes } = this;
    notes.upstreamId = found.text(at.id) ?? found.text(at["message.id"]) ?? notes.upstreamId;
    notes.model = found.text(at.model) ?? found.text(at["message.model"]) ?? notes.model;
    this.#noteUsage(found, at["message.usage"]);
    this.#noteUsage(found, at.usage);
    if (found.text(at.type) === "error" || found.kind(at.error) === "object") {
      noteErrorIn(notes, found);
    }
  }

  // A body does not end a message: only message_stop does.
  endBody(): void {}

  #noteUsage(found: JsonFindings, slot: number): void {
    const text = found.kind(slot) === "object" ? found.raw(slot) : undefined;
    const reported = parseUsage(text);
    if (text === undefined || reported === undefined) return;
    const merged = mergeUsage(this.#usage, reported);
    this.notes.noteUsage(readUsage(merged), this.#usage === undefined ? text : JSON.stringify(merged));
    this.#usage = merged;
    this.notes.tier = tierOf(merged) ?? this.notes.tier;
  }
}

/** Inference that stays in one geography has rates of its own, like a tier; those beside another tier are not known. */
function tierOf(usage: { readonly [key: string]: unknown }): string | undefined {
  const named = typeof usage["service_tier"] === "string" ? usage["service_tier"] : undefined;
  const tier = usage["speed"] === "fast" ? "fast" : named;
  const geography = geographyOf(usage["inference_geo"]);
  if (geography === undefined) return tier;
  return tier === undefined || tier === "standard" ? geography : `${tier}_${geography}`;
}

/** What stands below its type only tells apart what has the same one. */
function noteErrorIn(notes: AnswerNotes, found: JsonFindings): void {
  const detail = found.text(at["error.details.error_code"]);
  const type = isOutOfCredit(detail, undefined) ? detail : found.text(at["error.type"]);
  notes.noteError(type, found.text(at["error.message"]));
}
