import { AnswerNotes } from "../answer-notes.ts";
import { type JsonFindings } from "../json-findings.ts";
import { compilePaths } from "../json-paths.ts";
import { JsonScan } from "../json-scan.ts";
import { type SseFrame } from "../sse-frame.ts";
import { type FrameFate, type FrameReading } from "../stream-answer.ts";
import { type WholeReading } from "../whole-answer.ts";
import { errorTypeOf } from "./answer-error.ts";
import { readUsage } from "./usage.ts";

const eventPaths = compilePaths(
  ["type", "response", "sequence_number", "code", "message", "error", "error.code", "error.type", "error.message"],
  ["delta"],
);

const responsePaths = compilePaths(
  [
    "id",
    "object",
    "model",
    "status",
    "store",
    "deleted",
    "background",
    "service_tier",
    "usage",
    "error",
    "error.code",
    "error.type",
    "error.message",
    "output[]",
    "output[].type",
    "output[].action.type",
    "output[].container_id",
  ],
  ["output[].content[].text", "output[].content[].refusal", "output[].summary[].text", "output[].arguments"],
);
const { at } = responsePaths;

/** Statuses of a response that is still being made. */
const unfinished: ReadonlySet<string> = new Set(["queued", "in_progress"]);

/** One response object, wherever it stands: as the whole answer, or inside an event. */
export class ResponseReading implements WholeReading {
  readonly notes: AnswerNotes;
  readonly paths = responsePaths;
  #webSearches = 0;
  #fileSearches = 0;
  readonly #containers = new Set<string>();

  constructor(notes: AnswerNotes) {
    this.notes = notes;
  }

  forget(): void {
    this.#webSearches = 0;
    this.#fileSearches = 0;
    this.#containers.clear();
  }

  each(slot: number, found: JsonFindings): void {
    if (slot !== at["output[]"]) return;
    const here = (part: number) => (found.start(part) > found.start(slot) ? found.text(part) : undefined);
    const type = here(at["output[].type"]);
    // Opening a page and finding in it are steps of a search that are not billed.
    if (type === "web_search_call" && (here(at["output[].action.type"]) ?? "search") === "search")
      this.#webSearches += 1;
    if (type === "file_search_call") this.#fileSearches += 1;
    const container = here(at["output[].container_id"]);
    if (type === "code_interpreter_call" && container !== undefined) this.#containers.add(container);
  }

  readWhole(found: JsonFindings): void {
    const { notes } = this;
    notes.upstreamId = found.text(at.id) ?? notes.upstreamId;
    notes.model = found.text(at.model) ?? notes.model;
    notes.tier = found.text(at.service_tier) ?? notes.tier;
    if (found.text(at.object) === "response") notes.isStored = isKept(found);
    const reported = found.kind(at.usage) === "object" ? found.raw(at.usage) : undefined;
    if (reported !== undefined) notes.noteUsage(readUsage(reported, this.#extras()), reported);
    const status = found.text(at.status);
    if (status === "failed" || found.kind(at.error) === "object")
      notes.noteError(errorTypeOf(found, at), found.text(at["error.message"]));
    else if (status !== undefined && unfinished.has(status) && found.kind(at.background) === "true") {
      notes.end = "background";
    }
  }

  #extras() {
    return {
      webSearches: this.#webSearches || undefined,
      fileSearches: this.#fileSearches || undefined,
      codeSessions: this.#containers.size || undefined,
    };
  }
}

/** Providers keep responses unless they are told not to. */
function isKept(found: JsonFindings): boolean {
  return found.kind(at.store) !== "false" && found.kind(at.deleted) !== "true";
}

/** A response in events. Usage stands only in the last one. */
export class ResponseStreamReading implements FrameReading {
  readonly notes = new AnswerNotes();
  readonly hasOwnReceiptFrame = false;
  readonly #events = new JsonScan(eventPaths, { isStrict: false });
  readonly #reading = new ResponseReading(this.notes);
  readonly #response = new JsonScan(responsePaths, {
    isStrict: false,
    each: (slot, found) => this.#reading.each(slot, found),
  });

  readFrame(frame: SseFrame): FrameFate {
    const events = this.#events;
    events.reset();
    events.push(frame.data, frame.from, frame.to);
    const { found } = events;
    this.notes.noteContent(events.contentBytes);
    const type = found.text(eventPaths.at.type) ?? frame.event;
    if (found.kind(eventPaths.at.sequence_number) === "number") {
      this.notes.nextSequence = Number(found.raw(eventPaths.at.sequence_number)) + 1;
    }
    if (found.kind(eventPaths.at.response) === "object") this.#readResponse(frame, found);
    return this.#readType(type, found);
  }

  // A body does not end a response: only its last event does.
  endBody(): void {}

  #readResponse(frame: SseFrame, found: JsonFindings): void {
    const { response } = eventPaths.at;
    this.#response.reset();
    this.#reading.forget();
    this.#response.push(frame.data, frame.from + found.start(response), frame.from + found.end(response));
    this.#reading.readWhole(this.#response.found);
    // In a stream the end is told by the type of an event: a background response that streams is still read to its end.
    if (this.notes.end === "background") this.notes.end = "cut";
  }

  #noteError(found: JsonFindings): void {
    const slots = eventPaths.at;
    const message = found.text(slots.message) ?? found.text(slots["error.message"]);
    this.notes.noteError(found.text(slots.code) ?? errorTypeOf(found, slots), message);
  }

  #readType(type: string | undefined, found: JsonFindings): FrameFate {
    switch (type) {
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
        this.notes.noteComplete();
        return "last";
      case "response.failed":
        this.notes.noteError(undefined);
        return "last";
      case "error":
        this.#noteError(found);
        return "last";
      default:
        return "keep";
    }
  }
}
