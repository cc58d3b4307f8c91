import { type AnswerEvent, type FinishReason } from "#inference";
import { BodyDecoding, type BodyReading } from "../answer-decoding.ts";
import { type AnswerDecoding, type DecodeTerms } from "../conversation.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { type JsonObject } from "../usage-counts.ts";
import { exceptionIn } from "./decode-failure.ts";
import { sealOfEncrypted, sealOfSignature } from "./thinking-seal.ts";
import { readUsage } from "./usage.ts";

/** Reads answers of Converse, in one piece, or in events as `EventStream` gives them out. */
export function decodeAnswer(terms: DecodeTerms): AnswerDecoding {
  return new BodyDecoding(new ConverseDecoding(terms.model ?? ""), terms);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "context-full",
  tool_use: "tool-calls",
  content_filtered: "content-filter",
  guardrail_intervened: "content-filter",
};

class ConverseDecoding implements BodyReading {
  readonly events: AnswerEvent[] = [];
  readonly #model: string;
  #signature = "";
  #hasStopped = false;
  #hasEnded = false;

  constructor(model: string) {
    this.#model = model;
  }

  readFrame(data: JsonObject, event: string | undefined): void {
    switch (event) {
      case "messageStart":
        this.#start();
        break;
      case "contentBlockStart":
        this.#open(objectIn(data, "start") ?? {});
        break;
      case "contentBlockDelta":
        this.#readBlock(objectIn(data, "delta") ?? {});
        break;
      case "contentBlockStop":
        this.#close();
        break;
      case "messageStop":
        this.#hasStopped = true;
        this.#finish(data);
        break;
      case "metadata":
        this.#readUsage(data);
        this.#end();
        break;
      case "exception":
        this.#hasEnded = true;
        this.events.push({ type: "failure", failure: exceptionIn(data) });
        break;
      default:
        // Events that are newer than this code say nothing that another format could.
        break;
    }
  }

  readWord(): void {}

  readWhole(body: JsonObject): void {
    const message = objectIn(objectIn(body, "output") ?? {}, "message");
    if (message === undefined) {
      this.events.push({ type: "failure", failure: exceptionIn({ body }) });
      return;
    }
    this.#start();
    for (const block of objectsIn(message, "content")) {
      this.#open(block);
      this.#readBlock(block);
      this.#close();
    }
    this.#finish(body);
    this.#readUsage(body);
    this.#end();
  }

  readEnd(): void {
    if (this.#hasStopped) this.#end();
  }

  /** Converse does not say who serves, nor gives an answer a name. */
  #start(): void {
    this.events.push({ type: "start", id: undefined, model: undefined });
  }

  #end(): void {
    if (!this.#hasEnded) this.events.push({ type: "end" });
    this.#hasEnded = true;
  }

  #open(block: JsonObject): void {
    const toolUse = objectIn(block, "toolUse");
    if (toolUse === undefined) return;
    this.events.push({
      type: "tool-call",
      id: textIn(toolUse, "toolUseId") ?? "",
      name: textIn(toolUse, "name") ?? "",
    });
  }

  /** A block and a piece of one have the same fields, but for what stands one deeper in a block. */
  #readBlock(block: JsonObject): void {
    this.#give("text", textIn(block, "text"));
    const toolUse = objectIn(block, "toolUse");
    if (toolUse !== undefined) this.#giveInput(toolUse["input"]);
    const reasoning = objectIn(block, "reasoningContent");
    if (reasoning !== undefined) this.#readReasoning(reasoning);
    for (const cited of objectsIn(objectIn(block, "citationsContent") ?? {}, "content")) {
      this.#give("text", textIn(cited, "text"));
    }
    const image = objectIn(block, "image");
    if (image !== undefined) this.#giveImage(image);
  }

  #readReasoning(reasoning: JsonObject): void {
    const said = objectIn(reasoning, "reasoningText") ?? reasoning;
    this.#give("thinking", textIn(said, "text"));
    this.#signature += textIn(said, "signature") ?? "";
    const encrypted = textIn(reasoning, "redactedContent");
    if (encrypted !== undefined) this.events.push({ type: "seal", seal: sealOfEncrypted(encrypted) });
  }

  #giveImage(image: JsonObject): void {
    const bytes = textIn(objectIn(image, "source") ?? {}, "bytes");
    const mimeType = `image/${textIn(image, "format") ?? "png"}`;
    if (bytes !== undefined) this.events.push({ type: "media", mimeType, base64: bytes });
  }

  #close(): void {
    const seal = sealOfSignature(this.#signature, this.#model);
    if (seal !== undefined) this.events.push({ type: "seal", seal });
    this.#signature = "";
    this.events.push({ type: "part-end" });
  }

  #give(type: "text" | "thinking", text: string | undefined): void {
    if (text !== undefined && text !== "") this.events.push({ type, text });
  }

  /** Pieces of JSON text in a stream, the value itself in a whole answer. */
  #giveInput(input: unknown): void {
    const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
    if (text !== "") this.events.push({ type: "input", text });
  }

  #finish(from: JsonObject): void {
    const word = textIn(from, "stopReason");
    if (word === undefined) return;
    const extra = objectIn(from, "additionalModelResponseFields") ?? {};
    const stopSequence = textIn(extra, "stop_sequence");
    this.events.push({ type: "finish", reason: reasons[word] ?? "other", stopSequence });
  }

  #readUsage(from: JsonObject): void {
    const reported = objectIn(from, "usage");
    if (reported !== undefined) this.events.push({ type: "usage", usage: readUsage(reported) });
  }
}
