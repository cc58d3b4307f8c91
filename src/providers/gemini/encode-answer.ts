import {
  type AnswerEvent,
  type Citation,
  type FinishReason,
  type Part,
  type Seal,
  type TokenChoice,
  type Usage,
  statusOfKind,
} from "#inference";
import { unreachable } from "#std";
import {
  type CollectedAnswer,
  type FrameWriting,
  StreamEncoding,
  WholeEncoding,
  type WholeWriting,
} from "../answer-encoding.ts";
import { type AnswerEncoding, type EncodeTerms } from "../conversation.ts";
import { parsedInput } from "../parsed-input.ts";
import { wrapSeal } from "../seal.ts";
import { type JsonObject } from "../usage-counts.ts";
import { encodeFailure } from "./encode-failure.ts";
import { usageMetadata } from "./encode-usage.ts";
import { writeGrounding } from "./grounding.ts";
import { writeLogprobs } from "./logprobs.ts";

/** Writes an answer as generated content, in one piece, in frames or as the elements of an array. */
export function encodeAnswer(terms: EncodeTerms): AnswerEncoding {
  return terms.isStream ? new StreamEncoding(new ContentWriting(terms)) : new WholeEncoding(new BodyWriting(terms));
}

class BodyWriting implements WholeWriting {
  readonly #terms: EncodeTerms;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  writeWhole(answer: CollectedAnswer): JsonObject {
    const { call, model } = this.#terms;
    const parts = writeParts(answer.parts);
    return {
      candidates: [
        {
          content: { role: "model", parts },
          finishReason: finishWord(answer.finish),
          index: 0,
          ...writeLogprobs([...answer.logprobs.values()].flat()),
          ...writeGrounding(answer.citations, spokenIn(parts)),
        },
      ],
      ...(answer.usage === undefined ? {} : { usageMetadata: usageMetadata(answer.usage) }),
      modelVersion: answer.model ?? model,
      responseId: answer.id ?? call,
    };
  }

  writeFailure(failure: Parameters<WholeWriting["writeFailure"]>[0]): string {
    return encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
  }
}

function spokenIn(parts: readonly JsonObject[]): Parameters<typeof writeGrounding>[1] {
  return parts.flatMap(({ text, thought }, place) =>
    typeof text === "string" && thought !== true ? [{ place, text }] : [],
  );
}

/** A seal without text goes onto the part that follows it. */
function writeParts(parts: readonly Part[]): readonly JsonObject[] {
  const written: JsonObject[] = [];
  let signature: JsonObject = {};
  for (const part of parts) {
    if (part.type === "thinking" && part.text === "") signature = signatureOf(part.seal);
    else if (part.type === "thinking") written.push({ text: part.text, thought: true, ...signatureOf(part.seal) });
    else {
      written.push({ ...writePart(part), ...signature });
      signature = {};
    }
  }
  if (Object.keys(signature).length > 0) written.push({ text: "", ...signature });
  return written;
}

function writePart(part: Part): JsonObject {
  switch (part.type) {
    case "tool-call":
      return { functionCall: { id: part.id, name: part.name, args: parsedInput(part.input) } };
    case "media":
      return part.source.type === "inline"
        ? { inlineData: { mimeType: part.source.mimeType, data: part.source.base64 } }
        : { fileData: { fileUri: part.source.url } };
    case "text":
    case "refusal":
    case "thinking":
      return { text: part.text };
    case "tool-result":
      return {};
    default:
      return unreachable(part);
  }
}

/** Google's own signature as it is, another's in our wrapping. */
function signatureOf(seal: Seal | undefined): JsonObject {
  const text = seal?.maker === "gemini" ? seal.value : seal && wrapSeal(seal);
  return text === undefined ? {} : { thoughtSignature: text };
}

function finishWord(reason: FinishReason | undefined): string {
  switch (reason) {
    case "length":
    case "context-full":
      return "MAX_TOKENS";
    case "content-filter":
    case "refusal":
      return "SAFETY";
    case "other":
    case "pause":
      return "OTHER";
    default:
      return "STOP";
  }
}

/** Frames of generated content. A call stands whole in one frame, so its input is held until it ends. */
class ContentWriting implements FrameWriting {
  readonly nextSequence = 0;
  readonly #terms: EncodeTerms;
  #id: string;
  #model: string;
  #frames = 0;
  #call: { readonly id: string; readonly name: string; input: string } | undefined;
  #signature: JsonObject = {};
  #isThinking = false;
  #usage: Usage | undefined;
  #finish: FinishReason | undefined;
  readonly #spoken: string[] = [];
  readonly #citations: Citation[] = [];

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
    this.#id = terms.call;
    this.#model = terms.model;
  }

  write(event: AnswerEvent): string {
    const before = this.#before(event);
    switch (event.type) {
      case "text":
      case "refusal":
        this.#spoken.push(event.text);
        return before + this.#part({ text: event.text }, "logprobs" in event ? event.logprobs : undefined);
      case "citation":
        this.#citations.push(event.citation);
        return before;
      case "thinking":
        this.#isThinking = true;
        return before + this.#parts([{ text: event.text, thought: true }]);
      case "seal":
        return before + this.#writeSeal(event.seal);
      case "tool-call":
        this.#call = { id: event.id, name: event.name, input: "" };
        return before;
      case "input":
        this.#addInput(event.text);
        return "";
      case "media":
        return before + this.#part({ inlineData: { mimeType: event.mimeType, data: event.base64 } });
      default:
        return before + this.#writeFact(event);
    }
  }

  #before({ type }: AnswerEvent): string {
    if (type !== "thinking" && type !== "seal" && type !== "usage") this.#isThinking = false;
    return type === "input" || type === "usage" ? "" : this.#endCall();
  }

  #addInput(text: string): void {
    if (this.#call !== undefined) this.#call.input += text;
  }

  #writeFact(event: Extract<AnswerEvent, { type: "start" | "part-end" | "usage" | "finish" | "failure" | "end" }>) {
    if (event.type === "start") {
      this.#id = event.id ?? this.#id;
      this.#model = event.model ?? this.#model;
    } else if (event.type === "usage") this.#usage = event.usage;
    else if (event.type === "finish") this.#finish = event.reason;
    else if (event.type === "failure") return this.#fail(event);
    else if (event.type === "end") return this.#end();
    return "";
  }

  #writeSeal(seal: Seal): string {
    if (this.#isThinking) {
      this.#isThinking = false;
      return this.#parts([{ text: "", thought: true, ...signatureOf(seal) }]);
    }
    this.#signature = signatureOf(seal);
    return "";
  }

  #endCall(): string {
    const call = this.#call;
    this.#call = undefined;
    if (call === undefined) return "";
    return this.#part({ functionCall: { id: call.id, name: call.name, args: parsedInput(call.input) } });
  }

  /** One part, with the signature that waits for it. */
  #part(part: JsonObject, tokens: readonly TokenChoice[] = []): string {
    const signed = { ...part, ...this.#signature };
    this.#signature = {};
    return this.#parts([signed], tokens);
  }

  #parts(parts: readonly JsonObject[], tokens: readonly TokenChoice[] = []): string {
    return this.#frame({ candidates: [{ content: { role: "model", parts }, index: 0, ...writeLogprobs(tokens) }] });
  }

  #frame(rest: JsonObject): string {
    return this.#framed({ ...rest, modelVersion: this.#model, responseId: this.#id });
  }

  #framed(data: JsonObject): string {
    this.#frames += 1;
    const text = JSON.stringify(data);
    if (!this.#terms.isArray) return `data: ${text}\n\n`;
    return this.#frames === 1 ? `[${text}` : `,\n${text}`;
  }

  #fail({ failure }: Extract<AnswerEvent, { type: "failure" }>): string {
    const text = encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
    if (!this.#terms.isArray) return `data: ${text}\n\n`;
    return this.#frames === 0 ? `[${text}]` : `,\n${text}]`;
  }

  #end(): string {
    const candidate = {
      // Google's SDK takes a frame without parts for a broken answer, and its chat forgets the whole turn.
      content: { role: "model", parts: [{ text: "", ...this.#signature }] },
      finishReason: finishWord(this.#finish),
      index: 0,
      // Frames of text are one part when they are put together.
      ...(this.#citations.length === 0
        ? {}
        : writeGrounding(this.#citations, [{ place: undefined, text: this.#spoken.join("") }])),
    };
    const counted = this.#usage === undefined ? {} : { usageMetadata: usageMetadata(this.#usage) };
    const last = this.#frame({ candidates: [candidate], ...counted });
    if (this.#terms.isArray) return `${last}]`;
    const receipt = this.#terms.receipt?.();
    // Google's SDK reads a frame with a comment in it as broken, so the comment has a frame of its own.
    return receipt === undefined ? last : `${last}: ${receipt}\n\n`;
  }
}
