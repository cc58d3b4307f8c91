import { type Operation } from "#inference";
import { AnswerNotes } from "../answer-notes.ts";
import { type JsonFindings } from "../json-findings.ts";
import { compilePaths } from "../json-paths.ts";
import { JsonScan } from "../json-scan.ts";
import { type SseFrame } from "../sse-frame.ts";
import { type FrameFate, type FrameReading } from "../stream-answer.ts";
import { type WholeReading } from "../whole-answer.ts";
import { noteErrorIn } from "./answer-error.ts";
import { readUsage } from "./usage.ts";

const objectPaths = compilePaths(
  [
    "id",
    "object",
    "deleted",
    "model",
    "data",
    "data[]",
    "results",
    "usage",
    "duration",
    "type",
    "error",
    "error.code",
    "error.type",
    "error.message",
    "message",
  ],
  ["text", "delta"],
);
const { at } = objectPaths;

/** Their answers are lists of what was asked for. */
const listed: ReadonlySet<Operation> = new Set(["embedding", "moderation", "image"]);

/** The last events of streamed images, transcripts and speech. */
const lastEvents: ReadonlySet<string> = new Set([
  "image_generation.completed",
  "image_edit.completed",
  "transcript.text.done",
  "speech.audio.done",
]);

/** Everything else that answers with one object: embeddings, moderations, images, transcripts, files. */
export class ObjectReading implements FrameReading, WholeReading {
  readonly notes = new AnswerNotes();
  readonly paths = objectPaths;
  readonly hasOwnReceiptFrame = false;
  readonly #operation: Operation;
  #scan: JsonScan | undefined;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  readWhole(found: JsonFindings): void {
    const { notes } = this;
    notes.upstreamId = found.text(at.id) ?? notes.upstreamId;
    notes.model = found.text(at.model) ?? notes.model;
    if (this.#operation === "file") {
      notes.isStored = found.text(at.object) === "file" && found.kind(at.deleted) !== "true";
    }
    noteErrorIn(notes, found, at);
    const items = this.#operation === "moderation" ? at.results : at.data;
    if (listed.has(this.#operation) && found.kind(items) === "array") notes.items = found.count(items);
    if (notes.end !== "error") this.#noteUsage(found);
  }

  readFrame(frame: SseFrame): FrameFate {
    if (frame.is("[DONE]")) {
      this.notes.noteComplete();
      return "last";
    }
    const scan = (this.#scan ??= new JsonScan(objectPaths, { isStrict: false }));
    scan.reset();
    scan.push(frame.data, frame.from, frame.to);
    this.notes.noteContent(scan.contentBytes);
    const type = scan.found.text(at.type) ?? frame.event;
    if (type?.includes("partial_image") === true || type === "speech.audio.delta") this.notes.hasContent = true;
    if (scan.isWhole) this.readWhole(scan.found);
    if (type === "error") this.notes.noteError(undefined);
    if (type === undefined || !lastEvents.has(type)) return "keep";
    this.notes.noteComplete();
    return "last";
  }

  // A body does not end these streams: their last event does.
  endBody(): void {}

  #noteUsage(found: JsonFindings): void {
    const reported = found.kind(at.usage) === "object" ? found.raw(at.usage) : undefined;
    if (reported !== undefined) this.notes.noteUsage(readUsage(reported), reported);
    else if (this.#operation === "image" && found.kind(at.data) === "array") {
      const text = `{"images":${found.count(at.data)}}`;
      this.notes.noteUsage(readUsage(undefined, { images: found.count(at.data) }), text);
    } else if (this.#operation === "transcription" && found.kind(at.duration) === "number") {
      const text = `{"type":"duration","seconds":${found.raw(at.duration)}}`;
      this.notes.noteUsage(readUsage(text), text);
    }
  }
}
