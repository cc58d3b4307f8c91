import { type AnswerEvent, type FinishReason, type Part, type Usage, statusOfKind } from "#inference";
import { unreachable } from "#std";
import {
  type CollectedAnswer,
  type FrameWriting,
  sseText,
  StreamEncoding,
  WholeEncoding,
  type WholeWriting,
} from "../answer-encoding.ts";
import { type AnswerEncoding, type EncodeTerms } from "../conversation.ts";
import { parsedInput } from "../parsed-input.ts";
import { type JsonObject } from "../usage-counts.ts";
import { encodeFailure } from "./encode-failure.ts";
import { messageUsage } from "./encode-usage.ts";
import { ownBlock, signatureOf } from "./thinking-seal.ts";

/** Writes an answer as a message, in one piece or in events. */
export function encodeAnswer(terms: EncodeTerms): AnswerEncoding {
  return terms.isStream ? new StreamEncoding(new EventWriting(terms)) : new WholeEncoding(new MessageWriting(terms));
}

class MessageWriting implements WholeWriting {
  readonly #terms: EncodeTerms;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  writeWhole(answer: CollectedAnswer): JsonObject {
    return {
      ...messageHead(this.#terms, answer),
      content: answer.parts.flatMap(writePart),
      stop_reason: stopWord(answer.finish),
      stop_sequence: answer.stopSequence ?? null,
      usage: messageUsage(answer.usage ?? {}),
    };
  }

  writeFailure(failure: Parameters<WholeWriting["writeFailure"]>[0]): string {
    return encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
  }
}

function messageHead({ call, model }: EncodeTerms, answer: Pick<CollectedAnswer, "id" | "model">): JsonObject {
  return { id: answer.id ?? call, type: "message", role: "assistant", model: answer.model ?? model };
}

function writePart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [{ type: "text", text: part.text, citations: null }];
    case "thinking":
      return [
        ownBlock(part.text, part.seal) ?? { type: "thinking", thinking: part.text, signature: signatureOf(part.seal) },
      ];
    case "tool-call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: parsedInput(part.input) }];
    case "media":
      return [{ type: "text", text: mediaNote(part.source.type === "inline" ? part.source.mimeType : part.kind) }];
    case "tool-result":
      return [];
    default:
      return unreachable(part);
  }
}

/** This format has no field for pictures that a model makes. */
function mediaNote(mimeType: string): string {
  return `[${mimeType} left out: it cannot be said in this format]`;
}

function stopWord(reason: FinishReason | undefined): string {
  switch (reason) {
    case "stop-sequence":
      return "stop_sequence";
    case "length":
      return "max_tokens";
    case "context-full":
      return "model_context_window_exceeded";
    case "tool-calls":
      return "tool_use";
    case "content-filter":
    case "refusal":
      return "refusal";
    case "pause":
      return "pause_turn";
    default:
      return "end_turn";
  }
}

type BlockType = "text" | "thinking" | "tool_use";

/** Events of a message: blocks open and close one after the other. */
class EventWriting implements FrameWriting {
  readonly nextSequence = 0;
  readonly #terms: EncodeTerms;
  #blocks = 0;
  #open: BlockType | undefined;
  #usage: Usage | undefined;
  #finish: Extract<AnswerEvent, { type: "finish" }> | undefined;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  write(event: AnswerEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
        return event.text === "" ? "" : this.#ensure("text") + this.#textDelta(event.text);
      case "thinking":
        return this.#ensure("thinking") + this.#delta({ type: "thinking_delta", thinking: event.text });
      case "seal":
        return this.#writeSeal(event);
      case "tool-call":
        return this.#close() + this.#begin("tool_use", { id: event.id, name: event.name, input: {} });
      case "input":
        return this.#delta({ type: "input_json_delta", partial_json: event.text });
      case "media":
        return this.#close() + this.#writeNote(event.mimeType);
      case "part-end":
        return this.#close();
      case "citation":
        // A page is cited here by a mark that Anthropic has encrypted, and that it would want back.
        return "";
      default:
        return this.#writeFact(event);
    }
  }

  #writeFact(event: Extract<AnswerEvent, { type: "start" | "usage" | "finish" | "failure" | "end" }>): string {
    if (event.type === "start") return this.#start(event);
    if (event.type === "usage") this.#usage = event.usage;
    else if (event.type === "finish") this.#finish = event;
    else if (event.type === "end") return this.#close() + this.#end();
    else {
      const { failure } = event;
      const text = encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
      return sseText(text, { event: "error" });
    }
    return "";
  }

  #start({ id, model }: Extract<AnswerEvent, { type: "start" }>): string {
    const message = {
      ...messageHead(this.#terms, { id, model }),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // Counts come at the end from most providers; the last event of the message has them all.
      usage: messageUsage({}),
    };
    return said({ type: "message_start", message });
  }

  #writeSeal({ seal }: Extract<AnswerEvent, { type: "seal" }>): string {
    const own = ownBlock("", seal);
    if (own?.["type"] === "redacted_thinking") return this.#close() + this.#begin(undefined, own) + this.#close();
    const signature = this.#delta({ type: "signature_delta", signature: signatureOf(seal) });
    return this.#ensure("thinking") + signature + this.#close();
  }

  #writeNote(mimeType: string): string {
    return this.#ensure("text") + this.#delta({ type: "text_delta", text: mediaNote(mimeType) }) + this.#close();
  }

  #ensure(type: "text" | "thinking"): string {
    if (this.#open === type) return "";
    const empty = type === "text" ? { text: "", citations: null } : { thinking: "", signature: "" };
    return this.#close() + this.#begin(type, empty);
  }

  #begin(type: BlockType | undefined, block: JsonObject): string {
    this.#open = type ?? "text";
    const typed = type === undefined ? block : { type, ...block };
    return said({ type: "content_block_start", index: this.#blocks, content_block: typed });
  }

  #delta(delta: JsonObject): string {
    return said({ type: "content_block_delta", index: this.#blocks, delta });
  }

  /** Most of a stream is this one event, so all but its text is written as it stands. */
  #textDelta(text: string): string {
    const delta = `{"type":"text_delta","text":${JSON.stringify(text)}}`;
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#blocks},"delta":${delta}}\n\n`;
  }

  #close(): string {
    if (this.#open === undefined) return "";
    this.#open = undefined;
    this.#blocks += 1;
    return said({ type: "content_block_stop", index: this.#blocks - 1 });
  }

  #end(): string {
    const delta = {
      stop_reason: stopWord(this.#finish?.reason),
      stop_sequence: this.#finish?.stopSequence ?? null,
    };
    const finish = said({ type: "message_delta", delta, usage: messageUsage(this.#usage ?? {}) });
    return finish + sseText({ type: "message_stop" }, { event: "message_stop", comment: this.#terms.receipt?.() });
  }
}

function said(data: JsonObject & { readonly type: string }): string {
  return sseText(data, { event: data.type });
}
