import { INSUFFICIENT_QUOTA } from "#inference";
import { AnswerNotes } from "../answer-notes.ts";
import { ArrayAnswer } from "../array-answer.ts";
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
import { isQuotaOfDay } from "./decode-failure.ts";
import { readUsage } from "./usage.ts";

const contentPaths = compilePaths(
  [
    "usageMetadata",
    "modelVersion",
    "responseId",
    "candidates[].finishReason",
    "candidates[].groundingMetadata.webSearchQueries",
    "candidates[].content.parts[].functionCall.args",
    "candidates[].content.parts[].inlineData",
    "promptFeedback.blockReason",
    "embedding.values",
    "embeddings",
    "error",
    "error.status",
    "error.message",
    "error.details[].violations[].quotaId",
    "[].error",
    "[].error.status",
    "[].error.message",
    "[].error.details[].violations[].quotaId",
  ],
  [
    "candidates[].content.parts[].text",
    "candidates[].content.parts[].functionCall.name",
    "candidates[].content.parts[].executableCode.code",
  ],
);
const { at } = contentPaths;
const quotaIds: ReadonlySet<number> = new Set([
  at["error.details[].violations[].quotaId"],
  at["[].error.details[].violations[].quotaId"],
]);

export function readAnswer(options: AnswerOptions): AnswerReader {
  const kind = bodyKind(options);
  if (kind === "sse") return new StreamAnswer(new ContentReading(), options.receipt);
  if (kind === "raw") return readLabelled(options, () => new WholeAnswer(new ContentReading(), options.status));
  if (options.stream && options.status < 400) return new ArrayAnswer(new ContentReading());
  return new WholeAnswer(new ContentReading(), options.status);
}

/** Generated content in one piece, or in parts that each carry the running total of usage. */
class ContentReading implements FrameReading, WholeReading {
  readonly notes = new AnswerNotes();
  readonly paths = contentPaths;
  readonly hasOwnReceiptFrame = true;
  #scan: JsonScan | undefined;
  #isFinished = false;
  #searches = 0;
  #isDaySpent = false;
  #usage: string | undefined;

  each(slot: number, found: JsonFindings): void {
    if (slot === at["candidates[].content.parts[].functionCall.args"]) {
      this.notes.noteContent(found.end(slot) - found.start(slot));
    } else if (slot === at["candidates[].content.parts[].inlineData"]) this.notes.hasContent = true;
    else if (slot === at["candidates[].finishReason"] && found.kind(slot) === "string") this.#isFinished = true;
    else if (slot === at["candidates[].groundingMetadata.webSearchQueries"]) {
      this.#searches = Math.max(this.#searches, found.count(slot));
    } else if (quotaIds.has(slot)) this.#isDaySpent ||= isQuotaOfDay(found.text(slot) ?? "");
  }

  readFrame(frame: SseFrame): FrameFate {
    const scan = (this.#scan ??= new JsonScan(contentPaths, {
      isStrict: false,
      each: (slot, found) => this.each(slot, found),
    }));
    scan.reset();
    scan.push(frame.data, frame.from, frame.to);
    if (!scan.isWhole) return "keep";
    this.notes.noteContent(scan.contentBytes);
    this.readWhole(scan.found);
    return "keep";
  }

  readWhole(found: JsonFindings): void {
    const { notes } = this;
    notes.upstreamId = found.text(at.responseId) ?? notes.upstreamId;
    notes.model = found.text(at.modelVersion) ?? notes.model;
    if (found.kind(at["promptFeedback.blockReason"]) === "string") this.#isFinished = true;
    if (found.kind(at.usageMetadata) === "object") this.#usage = found.raw(at.usageMetadata);
    this.#noteUsage();
    if (found.kind(at.embeddings) === "array") notes.items = found.count(at.embeddings);
    else if (found.kind(at["embedding.values"]) === "array")
      notes.items = Math.min(found.count(at["embedding.values"]), 1);
    if (found.kind(at.error) === "object" || found.kind(at["[].error"]) === "object") {
      const status = found.text(at["error.status"]) ?? found.text(at["[].error.status"]);
      const message = found.text(at["error.message"]) ?? found.text(at["[].error.message"]);
      notes.noteError(this.#isDaySpent ? INSUFFICIENT_QUOTA : status, message);
    }
  }

  /** There is no last frame: a finish reason and then a clean end are the mark. */
  endBody(): void {
    if (this.#isFinished) this.notes.noteComplete();
  }

  #noteUsage(): void {
    const text = this.#usage;
    const reported = parseUsage(text);
    if (text === undefined || reported === undefined) return;
    this.notes.noteUsage(readUsage(reported, this.#billedSearches()), text);
    const tier = reported["serviceTier"] ?? reported["trafficType"];
    if (typeof tier === "string") this.notes.tier = tier.toLowerCase();
  }

  /** Up to Gemini 2.5 a grounded answer is billed once, from Gemini 3 on each query. */
  #billedSearches(): number | undefined {
    if (this.#searches === 0) return undefined;
    return /^gemini-[12]\b/.test(this.notes.model ?? "") ? 1 : this.#searches;
  }
}
