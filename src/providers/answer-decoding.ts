import { type AnswerEvent } from "#inference";
import { type AnswerDecoding } from "./conversation.ts";
import { parseExact } from "./exact-json.ts";
import { OPEN_ARRAY } from "./json-bytes.ts";
import { RepeatedText } from "./repeated-text.ts";
import { SseFrame } from "./sse-frame.ts";
import { FRAME_BYTES_MAX, SseFrames } from "./sse-scan.ts";
import { isObject, type JsonObject } from "./usage-counts.ts";

/** How one format reads what it is given; it writes what it learns into `events`. */
export interface BodyReading {
  readonly events: AnswerEvent[];
  readFrame(data: JsonObject, event: string | undefined): void;
  /** A frame that holds no JSON, but a word of the protocol. */
  readWord(word: string): void;
  readWhole(body: JsonObject): void;
  readEnd(): void;
  /** What a frame says that was just read has changed nothing but for a text: each frame that has another one there says that. */
  hasSaidTextAlone?(data: JsonObject): boolean;
  /** The text of such a frame. */
  readText?(text: string): void;
}

const WHOLE_BYTES_MAX = 64 * 1024 * 1024;

/** Takes a body apart, whole or in frames, and hands its pieces to a reading. */
export class BodyDecoding implements AnswerDecoding {
  readonly #reading: BodyReading;
  readonly #frames: SseFrames | undefined;
  readonly #frame = new SseFrame();
  readonly #repeated = new RepeatedText();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #isBroken = false;

  constructor(reading: BodyReading, { isStream }: { readonly isStream: boolean }) {
    this.#reading = reading;
    this.#frames = isStream ? new SseFrames() : undefined;
  }

  push(chunk: Buffer): readonly AnswerEvent[] {
    if (this.#isBroken) return [];
    if (this.#frames === undefined) this.#hold(chunk);
    else this.#takeFrames(this.#frames, chunk);
    return this.#reading.events.splice(0);
  }

  #takeFrames(frames: SseFrames, chunk: Buffer): void {
    const from = frames.isBetweenFrames ? this.#readRepeated(chunk) : 0;
    if (from === chunk.length) return;
    frames.push(from === 0 ? chunk : chunk.subarray(from));
    const { bytes, ends, skipped } = frames;
    if (skipped > 0) this.#break(`a frame of more than ${FRAME_BYTES_MAX} bytes`);
    this.#readFrames(bytes, skipped, ends);
  }

  /** Where the first frame begins that is not like the one before. */
  #readRepeated(chunk: Buffer): number {
    let at = 0;
    for (;;) {
      const end = this.#repeated.find(chunk, at);
      if (end === undefined) return at;
      this.#reading.readText?.(this.#repeated.text);
      at = end;
    }
  }

  finish(): readonly AnswerEvent[] {
    if (this.#isBroken) return [];
    if (this.#frames === undefined) this.#readWhole();
    else {
      const rest = this.#frames.finish();
      if (rest.length > 0) this.#readFrames(rest, 0, [rest.length]);
    }
    if (!this.#isBroken) this.#reading.readEnd();
    return this.#reading.events.splice(0);
  }

  #hold(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > WHOLE_BYTES_MAX) this.#break(`more than ${WHOLE_BYTES_MAX} bytes`);
    else this.#chunks.push(chunk);
  }

  #readWhole(): void {
    const body = parse(Buffer.concat(this.#chunks).toString());
    // A stream that is one array, as Gemini's is when nobody asks for events.
    if (Array.isArray(body)) for (const one of body.filter(isObject)) this.#reading.readFrame(one, undefined);
    else if (isObject(body)) this.#reading.readWhole(body);
    else this.#break("no JSON object");
  }

  #readFrames(bytes: Buffer, from: number, ends: readonly number[]): void {
    let start = from;
    for (const end of ends) {
      if (this.#isBroken) return;
      if (this.#repeated.find(bytes, start) === end) this.#reading.readText?.(this.#repeated.text);
      else this.#readFrame(bytes, start, end);
      start = end;
    }
  }

  #readFrame(bytes: Buffer, from: number, to: number): void {
    const frame = this.#frame;
    frame.read(bytes, from, to);
    if (frame.isEmpty) return;
    const text = frame.data.toString("utf8", frame.from, frame.to);
    if (text.charCodeAt(0) === OPEN_ARRAY) {
      this.#repeated.forget();
      return this.#reading.readWord(text.trim());
    }
    const data = parse(text);
    if (!isObject(data)) return this.#break("a frame that is no JSON object");
    const { events } = this.#reading;
    const before = events.length;
    this.#reading.readFrame(data, frame.event);
    const said = events.length === before + 1 ? events.at(-1) : undefined;
    const isAlone = said?.type === "text" && said.logprobs === undefined;
    if (isAlone && this.#reading.hasSaidTextAlone?.(data) === true)
      this.#repeated.remember(bytes.subarray(from, to), said.text);
    else this.#repeated.forget();
  }

  /** What cannot be read cannot be said in another format, so the answer ends here, and not well. */
  #break(what: string): void {
    this.#isBroken = true;
    this.#chunks.length = 0;
    const message = `The provider sent ${what}, which cannot be translated.`;
    this.#reading.events.push({ type: "failure", failure: { kind: "upstream", code: undefined, message } });
  }
}

function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
