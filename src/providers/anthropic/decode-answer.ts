import { type AnswerEvent, type FinishReason } from "#inference";
import { BodyDecoding, type BodyReading } from "../answer-decoding.ts";
import { type AnswerDecoding, type DecodeTerms } from "../conversation.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { countCharacters } from "../character-count.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";
import { failureOf } from "./decode-failure.ts";
import { sealOfData, sealOfSignature } from "./thinking-seal.ts";
import { mergeUsage, readUsage } from "./usage.ts";

/** Reads messages, in one piece or in events. */
export function decodeAnswer(terms: DecodeTerms): AnswerDecoding {
  return new BodyDecoding(new MessageDecoding(), terms);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "context-full",
  tool_use: "tool-calls",
  refusal: "refusal",
  pause_turn: "pause",
};

class MessageDecoding implements BodyReading {
  readonly events: AnswerEvent[] = [];
  #usage: JsonObject | undefined;
  /** Of the open block; what comes for blocks of the provider's own tools is passed over. */
  #openType: string | undefined;
  #signature = "";
  /** Of the open block of a call: some servers tell it at once, and no pieces of it. */
  #input: unknown;
  /** All text so far, and how much of it came before the open block. */
  readonly #spoken: string[] = [];
  #spokenBefore = 0;
  readonly #cited: JsonObject[] = [];

  readFrame(data: JsonObject, event: string | undefined): void {
    switch (textIn(data, "type") ?? event) {
      case "message_start":
        this.#start(objectIn(data, "message"));
        break;
      case "content_block_start":
        this.#openBlock(objectIn(data, "content_block"));
        break;
      case "content_block_delta":
        this.#readDelta(objectIn(data, "delta"));
        break;
      case "content_block_stop":
        this.#closeBlock();
        break;
      case "message_delta":
        this.#readEnding(data);
        break;
      case "message_stop":
        this.events.push({ type: "end" });
        break;
      case "error":
        this.events.push({ type: "failure", failure: failureOf(data, undefined) });
        break;
      default:
        // Pings, and events that are newer than this code, say nothing that another format could.
        break;
    }
  }

  readWord(): void {}

  readWhole(body: JsonObject): void {
    if (textIn(body, "type") === "error" || objectIn(body, "error") !== undefined) {
      this.events.push({ type: "failure", failure: failureOf(body, undefined) });
      return;
    }
    if (!Array.isArray(body["content"])) {
      const message = "The provider's answer holds no message.";
      this.events.push({ type: "failure", failure: { kind: "upstream", code: undefined, message } });
      return;
    }
    this.#start(body);
    for (const block of objectsIn(body, "content")) {
      this.#openBlock(block);
      if (this.#openType === "tool_use") this.#giveInput(JSON.stringify(block["input"] ?? {}));
      this.#closeBlock();
    }
    this.#finish(body);
    this.events.push({ type: "end" });
  }

  // A body does not end a message: only message_stop does.
  readEnd(): void {}

  hasSaidTextAlone(data: JsonObject): boolean {
    return textIn(objectIn(data, "delta") ?? {}, "type") === "text_delta";
  }

  readText(text: string): void {
    this.#give("text", text);
  }

  #readEnding(data: JsonObject): void {
    this.#finish(objectIn(data, "delta") ?? {});
    this.#readUsage(data);
  }

  #start(message: JsonObject = {}): void {
    this.events.push({ type: "start", id: textIn(message, "id"), model: textIn(message, "model") });
    this.#readUsage(message);
  }

  #openBlock(block: JsonObject = {}): void {
    this.#openType = textIn(block, "type");
    this.#signature = textIn(block, "signature") ?? "";
    this.#spokenBefore = this.#spoken.length;
    this.#cited.push(...objectsIn(block, "citations"));
    switch (this.#openType) {
      case "text":
        this.#give("text", textIn(block, "text"));
        break;
      case "thinking":
        this.#give("thinking", textIn(block, "thinking"));
        break;
      case "redacted_thinking":
        this.events.push({ type: "seal", seal: sealOfData(textIn(block, "data") ?? "") });
        break;
      case "tool_use":
        this.#input = block["input"];
        this.events.push({ type: "tool-call", id: textIn(block, "id") ?? "", name: textIn(block, "name") ?? "" });
        break;
      default:
        break;
    }
  }

  #readDelta(delta: JsonObject = {}): void {
    switch (textIn(delta, "type")) {
      case "text_delta":
        this.#give("text", textIn(delta, "text"));
        break;
      case "citations_delta":
        this.#cited.push(objectIn(delta, "citation") ?? {});
        break;
      case "thinking_delta":
        this.#give("thinking", textIn(delta, "thinking"));
        break;
      case "signature_delta":
        this.#signature += textIn(delta, "signature") ?? "";
        break;
      case "input_json_delta":
        if (this.#openType === "tool_use") this.#giveInput(textIn(delta, "partial_json") ?? "");
        break;
      default:
        break;
    }
  }

  #closeBlock(): void {
    if (isObject(this.#input) && Object.keys(this.#input).length > 0) this.#giveInput(JSON.stringify(this.#input));
    this.#input = undefined;
    const seal = this.#openType === "thinking" ? sealOfSignature(this.#signature) : undefined;
    if (seal !== undefined) this.events.push({ type: "seal", seal });
    this.#cite();
    this.events.push({ type: "part-end" });
    this.#openType = undefined;
  }

  /** Pages that all of a block rests on; places in documents of the request mean nothing elsewhere. */
  #cite(): void {
    if (this.#cited.length === 0) return;
    const from = countCharacters(this.#spoken.slice(0, this.#spokenBefore));
    const to = countCharacters(this.#spoken);
    for (const cited of this.#cited.splice(0)) {
      const url = textIn(cited, "url");
      if (url !== undefined)
        this.events.push({ type: "citation", citation: { url, title: textIn(cited, "title"), from, to } });
    }
  }

  #give(type: "text" | "thinking", text: string | undefined): void {
    if (text === undefined || text === "") return;
    if (type === "text") this.#spoken.push(text);
    this.events.push({ type, text });
  }

  #giveInput(text: string): void {
    if (text === "") return;
    this.#input = undefined;
    this.events.push({ type: "input", text });
  }

  #finish(from: JsonObject): void {
    const word = textIn(from, "stop_reason");
    if (word === undefined) return;
    this.events.push({ type: "finish", reason: reasons[word] ?? "other", stopSequence: textIn(from, "stop_sequence") });
  }

  /** Events repeat and extend the usage: the last count of each field is the truth. */
  #readUsage(from: JsonObject): void {
    const reported = objectIn(from, "usage");
    if (reported === undefined) return;
    this.#usage = mergeUsage(this.#usage, reported);
    this.events.push({ type: "usage", usage: readUsage(this.#usage) });
  }
}
