import { type AnswerEvent, type FinishReason } from "#inference";
import { BodyDecoding, type BodyReading } from "../answer-decoding.ts";
import { type AnswerDecoding, type DecodeTerms } from "../conversation.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { countCharacters } from "../character-count.ts";
import { readAnnotations } from "../openai/annotations.ts";
import { readLogprobs } from "../openai/logprobs.ts";
import { readUsage } from "../openai/usage.ts";
import { failureOf } from "../openai-chat/decode-failure.ts";
import { type JsonObject } from "../usage-counts.ts";
import { sealOfItem } from "./reasoning-seal.ts";

/** Reads responses, in one piece or in events. */
export function decodeAnswer(terms: DecodeTerms): AnswerDecoding {
  return new BodyDecoding(new ResponseDecoding(), terms);
}

class ResponseDecoding implements BodyReading {
  readonly events: AnswerEvent[] = [];
  #hasStarted = false;
  #hasCalls = false;
  #hasRefused = false;
  /** Of the item that is being given out, and whether any of it was. */
  #open: { readonly index: unknown; isGiven: boolean } | undefined;
  /** Texts of the items that are done. */
  readonly #spoken: string[] = [];
  #hasItems = false;

  readFrame(data: JsonObject, event: string | undefined): void {
    this.#readEvent(textIn(data, "type") ?? event ?? "", data, objectIn(data, "response"));
  }

  #readEvent(type: string, data: JsonObject, response: JsonObject | undefined): void {
    switch (type) {
      case "response.output_item.added":
        this.#openItem(data);
        break;
      case "response.output_item.done":
        this.#closeItem(data);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
        this.#finish(response ?? {});
        break;
      case "response.failed":
        this.#fail(errorIn(response));
        break;
      case "error":
        this.#fail(data["error"] ?? data);
        break;
      default:
        if (response !== undefined) this.#start(response);
        else this.#readDelta(type, data);
    }
  }

  readWord(): void {}

  readWhole(body: JsonObject): void {
    if (objectIn(body, "error") !== undefined) return this.#fail(body["error"]);
    if (!Array.isArray(body["output"])) return this.#fail({ message: "The provider's answer holds no response." });
    this.#start(body);
    this.#finish(body);
  }

  #giveAll(response: JsonObject): void {
    for (const [index, item] of objectsIn(response, "output").entries()) {
      this.#openItem({ output_index: index, item });
      this.#closeItem({ output_index: index, item });
    }
  }

  // A body does not end a response: only its last event does.
  readEnd(): void {}

  #fail(error: unknown): void {
    this.events.push({ type: "failure", failure: failureOf(error, undefined) });
  }

  #start(response: JsonObject): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.events.push({ type: "start", id: textIn(response, "id"), model: textIn(response, "model") });
  }

  /** Items come one after the other; should two overlap, the later one is given whole when it ends. */
  #openItem(data: JsonObject): void {
    const item = objectIn(data, "item") ?? {};
    this.#hasItems = true;
    if (this.#open !== undefined) return;
    this.#open = { index: data["output_index"], isGiven: false };
    if (textIn(item, "type") === "function_call") this.#giveCall(item);
  }

  #giveCall(item: JsonObject): void {
    this.#hasCalls = true;
    const id = textIn(item, "call_id") ?? textIn(item, "id") ?? "";
    this.events.push({ type: "tool-call", id, name: textIn(item, "name") ?? "" });
  }

  #readDelta(type: string, data: JsonObject): void {
    const open = this.#open;
    const text = textIn(data, "delta") ?? "";
    if (open === undefined || open.index !== data["output_index"]) return;
    switch (type) {
      case "response.output_text.delta":
        this.#giveText(text, data["logprobs"]);
        break;
      case "response.refusal.delta":
        this.#give("refusal", text);
        break;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        this.#give("thinking", text);
        break;
      case "response.reasoning_summary_part.added":
        if (open.isGiven) this.#give("thinking", "\n\n");
        break;
      case "response.function_call_arguments.delta":
        this.#give("input", text);
        break;
      default:
        break;
    }
  }

  #give(type: "text" | "refusal" | "thinking" | "input", text: string): void {
    if (text === "") return;
    if (this.#open !== undefined) this.#open.isGiven = true;
    if (type === "refusal") this.#hasRefused = true;
    this.events.push({ type, text });
  }

  #giveText(text: string, tokens: unknown): void {
    const logprobs = readLogprobs(tokens);
    if (logprobs.length === 0) return this.#give("text", text);
    if (this.#open !== undefined) this.#open.isGiven = true;
    this.events.push({ type: "text", text, logprobs });
  }

  #cite(item: JsonObject): void {
    if (textIn(item, "type") !== "message") return;
    for (const part of objectsIn(item, "content")) {
      const text = textIn(part, "text") ?? "";
      if (objectsIn(part, "annotations").length > 0) {
        const offset = countCharacters(this.#spoken);
        for (const citation of readAnnotations(part, offset)) this.events.push({ type: "citation", citation });
      }
      this.#spoken.push(text);
    }
  }

  #closeItem(data: JsonObject): void {
    const item = objectIn(data, "item") ?? {};
    const isOpen = this.#open?.index === data["output_index"];
    if (!isOpen && textIn(item, "type") === "function_call") this.#giveCall(item);
    if (!isOpen || this.#open?.isGiven === false) this.#giveItem(item);
    this.#cite(item);
    const encrypted = textIn(item, "encrypted_content");
    if (textIn(item, "type") === "reasoning" && encrypted !== undefined) {
      this.events.push({ type: "seal", seal: sealOfItem(textIn(item, "id"), encrypted) });
    }
    this.events.push({ type: "part-end" });
    if (isOpen) this.#open = undefined;
  }

  /** All of an item that came without pieces. */
  #giveItem(item: JsonObject): void {
    switch (textIn(item, "type")) {
      case "function_call":
        this.#give("input", textIn(item, "arguments") ?? "");
        break;
      case "reasoning": {
        const texts = [...objectsIn(item, "summary"), ...objectsIn(item, "content")];
        this.#give("thinking", texts.map((part) => textIn(part, "text") ?? "").join("\n\n"));
        break;
      }
      case "message":
        for (const part of objectsIn(item, "content")) {
          if (textIn(part, "type") === "refusal") this.#give("refusal", textIn(part, "refusal") ?? "");
          else this.#giveText(textIn(part, "text") ?? "", part["logprobs"]);
        }
        break;
      case "image_generation_call":
        this.events.push({ type: "media", mimeType: "image/png", base64: textIn(item, "result") ?? "" });
        break;
      default:
        break;
    }
  }

  #finish(response: JsonObject): void {
    this.#start(response);
    // A stream that told no items tells them all in its last event.
    if (!this.#hasItems) this.#giveAll(response);
    const reported = objectIn(response, "usage");
    if (reported !== undefined) this.events.push({ type: "usage", usage: readUsage(JSON.stringify(reported)) });
    this.events.push({ type: "finish", reason: this.#reason(response) }, { type: "end" });
  }

  #reason(response: JsonObject): FinishReason {
    const why = textIn(objectIn(response, "incomplete_details") ?? {}, "reason");
    if (why === "max_output_tokens") return "length";
    if (why === "content_filter") return "content-filter";
    if (textIn(response, "status") === "incomplete" || textIn(response, "status") === "cancelled") return "other";
    if (this.#hasCalls) return "tool-calls";
    return this.#hasRefused ? "refusal" : "stop";
  }
}

function errorIn(response: JsonObject | undefined): unknown {
  return response === undefined ? undefined : (response["error"] ?? response);
}
