import { type AnswerFacts } from "#inference";
import { type AnswerNotes } from "./answer-notes.ts";
import { type Splice } from "./splice.ts";
import { SseFrame } from "./sse-frame.ts";
import { SseFrames } from "./sse-scan.ts";
import { type AnswerReader } from "./wire-format.ts";

/** What becomes of a frame: it goes on, it is left out, it is the last one, or some bytes of its data are cut. */
export type FrameFate = "keep" | "drop" | "last" | Splice;

/** How one operation of one format is read frame by frame. */
export interface FrameReading {
  readonly notes: AnswerNotes;
  readFrame(frame: SseFrame): FrameFate;
  /** The provider ended the body; formats without a last frame decide here whether that was the end. */
  endBody(): void;
  /** The comment goes into a frame of its own: some SDKs read a frame with a comment in it as broken or empty. */
  readonly hasOwnReceiptFrame: boolean;
}

type Receipt = ((facts: AnswerFacts) => string | undefined) | undefined;

/** Reads a stream of server-sent events beside its relay. Frames go on as they came but for what a reading takes out. */
export class StreamAnswer implements AnswerReader {
  readonly #reading: FrameReading;
  readonly #receipt: Receipt;
  readonly #frames = new SseFrames();
  readonly #frame = new SseFrame();
  #missedFrame = false;
  #hasSpoken = false;

  constructor(reading: FrameReading, receipt: Receipt) {
    this.#reading = reading;
    this.#receipt = receipt;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  get hasContent(): boolean {
    return this.#reading.notes.hasContent;
  }

  get nextSequence(): number {
    return this.#reading.notes.nextSequence;
  }

  push(chunk: Buffer): Buffer {
    const frames = this.#frames;
    frames.push(chunk);
    if (frames.skipped > 0) this.#noteOversize(frames.bytes.subarray(0, frames.skipped));
    const { bytes, ends, skipped } = frames;
    if (ends.length === 0) return bytes;
    return this.#relay(bytes, { ends, from: skipped });
  }

  finish(): Buffer {
    const rest = this.#frames.finish();
    const { notes } = this.#reading;
    const before = notes.end;
    const last = rest.length === 0 ? rest : this.#relay(rest, { ends: [rest.length], from: 0 });
    this.#reading.endBody();
    // Half a frame is no frame, but some servers leave out the empty line after their last one.
    const given = notes.end === before && before !== "complete" ? rest.subarray(0, 0) : last;
    if (!this.#reading.hasOwnReceiptFrame || notes.end !== "complete") return given;
    const text = this.#receipt?.(this.facts());
    return text === undefined ? given : Buffer.concat([given, Buffer.from(`: ${text}\n\n`)]);
  }

  facts(): AnswerFacts {
    const facts = this.#reading.notes.facts();
    return this.#missedFrame ? { ...facts, usage: undefined } : facts;
  }

  #relay(bytes: Buffer, { ends, from }: { readonly ends: readonly number[]; readonly from: number }): Buffer {
    const parts: Buffer[] = [];
    let start = from;
    let done = 0;
    for (const end of ends) {
      const fate = this.#readFrame(bytes, start, end);
      if (fate === "drop") {
        parts.push(bytes.subarray(done, start));
        done = end;
      } else if (fate === "last") {
        parts.push(bytes.subarray(done, start), this.#receiptLine());
        done = start;
      } else if (fate !== "keep") {
        parts.push(bytes.subarray(done, fate.from), Buffer.from(fate.text));
        done = fate.to;
      }
      start = end;
    }
    return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(done)]);
  }

  #readFrame(bytes: Buffer, from: number, to: number): FrameFate {
    const frame = this.#frame;
    frame.read(bytes, from, to);
    if (frame.isEmpty && frame.event === undefined) return "keep";
    this.#hasSpoken ||= !isKeepAlive(frame);
    const fate = this.#reading.readFrame(frame);
    return typeof fate === "string" || frame.isInPlace ? fate : "keep";
  }

  #receiptLine(): Buffer {
    const text = this.#reading.hasOwnReceiptFrame ? undefined : this.#receipt?.(this.facts());
    return Buffer.from(text === undefined ? "" : `: ${text}\n`);
  }

  /** Of a frame that is too long only the beginning is read, which names its type; any usage in it is lost. */
  #noteOversize(bytes: Buffer): void {
    if (!this.#missedFrame) this.#readFrame(bytes, 0, bytes.length);
    this.#missedFrame = true;
  }
}

// Anthropic's, OpenAI's for responses. They have few fields, and the longest has a number.
const KEEP_ALIVE_EVENTS: ReadonlySet<string> = new Set(["ping", "keepalive"]);
const KEEP_ALIVE_DATA = /^\{\s*"type"\s*:\s*"(?:ping|keepalive)"/;
const KEEP_ALIVE_BYTES_MAX = 100;

function isKeepAlive({ event, data, from, to }: SseFrame): boolean {
  if (event !== undefined && KEEP_ALIVE_EVENTS.has(event)) return true;
  return to - from <= KEEP_ALIVE_BYTES_MAX && KEEP_ALIVE_DATA.test(data.toString("latin1", from, to));
}
