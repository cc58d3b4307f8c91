import {
  type AnswerEvent,
  type AnswerFailure,
  type Citation,
  type FinishReason,
  type Part,
  type TokenChoice,
  type Usage,
} from "#inference";
import { type AnswerEncoding } from "./conversation.ts";

/** Everything that an answer said, put together. */
export interface CollectedAnswer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly parts: readonly Part[];
  /** Of the text of the part at each place that has them. */
  readonly logprobs: ReadonlyMap<number, readonly TokenChoice[]>;
  readonly citations: readonly Citation[];
  readonly usage: Usage | undefined;
  readonly finish: FinishReason | undefined;
  readonly stopSequence: string | undefined;
  readonly failure: AnswerFailure | undefined;
  readonly isWhole: boolean;
}

type Piece = "text" | "refusal" | "thinking" | "input";

/** Puts events together into parts. Pieces are joined once, when their part ends. */
export class AnswerCollector {
  #id: string | undefined;
  #model: string | undefined;
  #usage: Usage | undefined;
  #finish: FinishReason | undefined;
  #stopSequence: string | undefined;
  #failure: AnswerFailure | undefined;
  #isWhole = false;
  readonly #parts: Part[] = [];
  readonly #logprobs = new Map<number, readonly TokenChoice[]>();
  readonly #citations: Citation[] = [];
  #open: { readonly piece: Piece; readonly texts: string[] } | undefined;

  add(event: AnswerEvent): void {
    switch (event.type) {
      case "text":
        this.#addPiece(event.type, event.text);
        if (event.logprobs !== undefined) this.#addLogprobs(event.logprobs);
        break;
      case "refusal":
      case "thinking":
      case "input":
        this.#addPiece(event.type, event.text);
        break;
      case "citation":
        this.#citations.push(event.citation);
        break;
      case "seal":
        this.#addSeal(event);
        break;
      case "tool-call":
        this.#close();
        this.#parts.push({ type: "tool-call", id: event.id, name: event.name, input: "" });
        break;
      case "media":
        this.#close();
        this.#parts.push(mediaPart(event));
        break;
      case "part-end":
        this.#close();
        break;
      default:
        this.#addFact(event);
    }
  }

  collected(): CollectedAnswer {
    this.#close();
    return {
      id: this.#id,
      model: this.#model,
      parts: this.#parts,
      logprobs: this.#logprobs,
      citations: this.#citations,
      usage: this.#usage,
      finish: this.#finish,
      stopSequence: this.#stopSequence,
      failure: this.#failure,
      isWhole: this.#isWhole,
    };
  }

  #addFact(event: Extract<AnswerEvent, { type: "start" | "usage" | "finish" | "failure" | "end" }>): void {
    if (event.type === "start") {
      this.#id = event.id;
      this.#model = event.model;
    } else if (event.type === "usage") this.#usage = event.usage;
    else if (event.type === "finish") {
      this.#finish = event.reason;
      this.#stopSequence = event.stopSequence;
    } else if (event.type === "failure") this.#failure ??= event.failure;
    else this.#isWhole = true;
  }

  #addPiece(piece: Piece, text: string): void {
    if (text === "") return;
    if (this.#open?.piece !== piece) {
      this.#close();
      this.#open = { piece, texts: [] };
    }
    this.#open?.texts.push(text);
  }

  /** Tokens without text of their own belong to the text before them. */
  #addLogprobs(tokens: readonly TokenChoice[]): void {
    const place = this.#open?.piece === "text" ? this.#parts.length : Math.max(this.#parts.length - 1, 0);
    this.#logprobs.set(place, [...(this.#logprobs.get(place) ?? []), ...tokens]);
  }

  #addSeal({ seal }: Extract<AnswerEvent, { type: "seal" }>): void {
    const text = this.#open?.piece === "thinking" ? this.#open.texts.join("") : "";
    if (text === "") this.#close();
    this.#open = undefined;
    this.#parts.push({ type: "thinking", text, seal });
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const text = open.texts.join("");
    const last = this.#parts.at(-1);
    if (open.piece === "thinking") this.#parts.push({ type: "thinking", text, seal: undefined });
    else if (open.piece !== "input") this.#parts.push({ type: open.piece, text });
    else if (last?.type === "tool-call") this.#parts[this.#parts.length - 1] = { ...last, input: last.input + text };
  }
}

function mediaPart({ mimeType, base64 }: Extract<AnswerEvent, { type: "media" }>): Part {
  return { type: "media", kind: "image", source: { type: "inline", mimeType, base64 } };
}

/** How one format writes an answer in one piece. */
export interface WholeWriting {
  writeWhole(answer: CollectedAnswer): { readonly [key: string]: unknown };
  writeFailure(failure: AnswerFailure): string;
}

/** Holds an answer until it is whole. */
export class WholeEncoding implements AnswerEncoding {
  readonly nextSequence = 0;
  hasFailed = false;
  readonly isWhole = true;
  readonly #writing: WholeWriting;
  readonly #collector = new AnswerCollector();
  #isOver = false;

  constructor(writing: WholeWriting) {
    this.#writing = writing;
  }

  push(events: readonly AnswerEvent[]): string {
    for (const event of events) {
      this.#collector.add(event);
      if (this.#isOver) continue;
      if (event.type === "failure") {
        this.#isOver = true;
        this.hasFailed = true;
        return this.#writing.writeFailure(event.failure);
      }
      if (event.type === "end") {
        this.#isOver = true;
        return JSON.stringify(this.#writing.writeWhole(this.#collector.collected()));
      }
    }
    return "";
  }
}

/** How one format writes an answer frame by frame. */
export interface FrameWriting {
  readonly nextSequence: number;
  write(event: AnswerEvent): string;
}

/** Writes each event as it comes; nothing after a failure or the end. */
export class StreamEncoding implements AnswerEncoding {
  hasFailed = false;
  readonly isWhole = false;
  readonly #writing: FrameWriting;
  #isOver = false;

  constructor(writing: FrameWriting) {
    this.#writing = writing;
  }

  get nextSequence(): number {
    return this.#writing.nextSequence;
  }

  push(events: readonly AnswerEvent[]): string {
    let text = "";
    for (const event of events) {
      if (this.#isOver) break;
      text += this.#writing.write(event);
      if (event.type === "failure") this.hasFailed = true;
      this.#isOver = event.type === "failure" || event.type === "end";
    }
    return text;
  }
}

/** One server-sent event. */
export function sseText(
  data: unknown,
  { event, comment }: { readonly event?: string; readonly comment?: string | undefined } = {},
): string {
  const said = comment === undefined ? "" : `: ${comment}\n`;
  const named = event === undefined ? "" : `event: ${event}\n`;
  return `${named}${said}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}
