import { AnswerNotes } from "../answer-notes.ts";
import { type JsonFindings } from "../json-findings.ts";
import { cutMember } from "../json-members.ts";
import { compilePaths } from "../json-paths.ts";
import { JsonScan } from "../json-scan.ts";
import { RepeatedContent } from "../repeated-content.ts";
import { type SseFrame } from "../sse-frame.ts";
import { type FrameFate, type FrameReading } from "../stream-answer.ts";
import { type WholeReading } from "../whole-answer.ts";
import { errorTypeOf, noteErrorIn } from "./answer-error.ts";
import { readUsage } from "./usage.ts";

const chatPaths = compilePaths(
  [
    "id",
    "model",
    "service_tier",
    "choices",
    "choices[].delta.audio",
    "usage",
    "x_groq.usage",
    "error",
    "error.code",
    "error.type",
    "error.message",
    "object",
    "message",
  ],
  ["message", "delta"].flatMap((part) => [
    `choices[].${part}.content`,
    `choices[].${part}.content[].text`,
    `choices[].${part}.content[].thinking[].text`,
    `choices[].${part}.reasoning_content`,
    `choices[].${part}.reasoning`,
    `choices[].${part}.refusal`,
    `choices[].${part}.function_call.name`,
    `choices[].${part}.function_call.arguments`,
    `choices[].${part}.tool_calls[].function.name`,
    `choices[].${part}.tool_calls[].function.arguments`,
    `choices[].${part}.audio.transcript`,
    "choices[].text",
  ]),
);
const { at } = chatPaths;

/** Chat and the older completions, in one piece or in frames. */
export class ChatReading implements FrameReading, WholeReading {
  readonly notes = new AnswerNotes();
  readonly paths = chatPaths;
  readonly hasOwnReceiptFrame = false;
  readonly #stripUsage: boolean;
  readonly #repeated = new RepeatedContent();
  #scan: JsonScan | undefined;

  constructor(stripUsage: boolean) {
    this.#stripUsage = stripUsage;
  }

  readFrame(frame: SseFrame): FrameFate {
    if (frame.is("[DONE]")) {
      this.notes.noteComplete();
      return "last";
    }
    const repeated = this.#repeated.match(frame);
    if (repeated !== undefined) {
      this.notes.noteContent(repeated);
      return this.#repeated.fateOf(frame);
    }
    const scan = (this.#scan ??= new JsonScan(chatPaths, { isStrict: false }));
    scan.reset();
    scan.push(frame.data, frame.from, frame.to);
    if (!scan.isWhole) return this.#keepUnread();
    this.notes.noteContent(scan.contentBytes);
    this.#read(scan.found);
    // Back-ends that count in every frame go on counting; the frame without choices is the last count.
    if (scan.found.kind(at.usage) === "object" && scan.found.count(at.choices) === 0) this.notes.isUsageFinal = true;
    if (frame.event === "error") this.notes.noteError(errorTypeOf(scan.found, at));
    const fate = this.#stripUsage ? this.#strip(frame, scan.found) : "keep";
    // Whatever else it says was noted now, and to note it again would change nothing.
    this.#repeated.remember(frame, scan, fate);
    return fate;
  }

  #keepUnread(): FrameFate {
    this.#repeated.forget();
    return "keep";
  }

  readWhole(found: JsonFindings): void {
    this.#read(found);
    // One that used something was made and has to be paid, empty as it is: Gemini's behind a filter look so.
    const isFree = this.notes.end === "complete" && found.kind(at.usage) !== "object";
    if (isFree && hasNoChoice(found)) this.notes.items = 0;
  }

  #read(found: JsonFindings): void {
    const { notes } = this;
    notes.upstreamId ??= found.text(at.id);
    notes.model ??= found.text(at.model);
    notes.tier ??= found.text(at.service_tier);
    if (found.kind(at["choices[].delta.audio"]) === "object") notes.hasContent = true;
    const usage = found.kind(at.usage) === "object" ? at.usage : at["x_groq.usage"];
    if (found.kind(usage) === "object") this.#readUsage(found, usage);
    noteErrorIn(notes, found, at);
  }

  // A body does not end a chat: only [DONE] does.
  endBody(): void {}

  #readUsage(found: JsonFindings, slot: number): void {
    const reported = found.raw(slot);
    if (reported !== undefined) this.notes.noteUsage(readUsage(reported), reported);
    // The last word on the tier comes with the usage.
    this.notes.tier = found.text(at.service_tier) ?? this.notes.tier;
  }

  /** The frame that holds only usage is there because we asked for it; so is each `"usage":null`. */
  #strip(frame: SseFrame, found: JsonFindings): FrameFate {
    const usage = found.kind(at.usage);
    if (usage === "null") {
      const start = frame.from + found.keyStart(at.usage);
      return cutMember(frame.data, start, frame.from + found.end(at.usage));
    }
    if (usage !== "object" || found.kind(at.error) === "object") return "keep";
    const choices = found.kind(at.choices);
    return choices === undefined || choices === "null" || found.count(at.choices) === 0 ? "drop" : "keep";
  }
}

function hasNoChoice(found: JsonFindings): boolean {
  const kind = found.kind(at.choices);
  return kind === "null" || (kind === "array" && found.count(at.choices) === 0);
}
