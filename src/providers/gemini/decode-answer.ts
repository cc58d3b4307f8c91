import { type AnswerEvent, type FinishReason, type TokenChoice } from "#inference";
import { BodyDecoding, type BodyReading } from "../answer-decoding.ts";
import { type AnswerDecoding, type DecodeTerms } from "../conversation.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { digestId } from "../tool-call-id.ts";
import { type JsonObject } from "../usage-counts.ts";
import { failureOf } from "./decode-failure.ts";
import { readGrounding } from "./grounding.ts";
import { readLogprobs } from "./logprobs.ts";
import { readUsage } from "./usage.ts";

/** Reads generated content, in one piece or in frames. Of several candidates the first is read. */
export function decodeAnswer(terms: DecodeTerms): AnswerDecoding {
  return new BodyDecoding(new ContentDecoding(terms), terms);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  LANGUAGE: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
};

class ContentDecoding implements BodyReading {
  readonly events: AnswerEvent[] = [];
  readonly #call: string;
  #hasStarted = false;
  #calls = 0;
  #reason: FinishReason | undefined;
  #word = "";
  #hasContent = false;
  #searches = 0;
  /** Of the text that comes next. */
  #logprobs: readonly TokenChoice[] = [];
  readonly #spoken: string[] = [];
  #grounding: JsonObject | undefined;

  constructor({ call }: DecodeTerms) {
    this.#call = call;
  }

  readFrame(data: JsonObject): void {
    this.readWhole(data);
  }

  readWord(): void {}

  readWhole(body: JsonObject): void {
    if (objectIn(body, "error") !== undefined) {
      this.events.push({ type: "failure", failure: failureOf(body, undefined) });
      return;
    }
    this.#start(body);
    const candidate = objectsIn(body, "candidates").find((one) => (one["index"] ?? 0) === 0);
    if (candidate !== undefined) this.#readCandidate(candidate);
    if (textIn(objectIn(body, "promptFeedback") ?? {}, "blockReason") !== undefined) this.#reason = "content-filter";
    this.#readUsage(body);
  }

  /** There is no last frame: a finish reason and then a clean end are the mark. */
  readEnd(): void {
    if (this.#reason === undefined) return;
    if (this.#reason === "other" && !this.#hasContent) return this.#failEmpty();
    const citations = this.#grounding === undefined ? [] : readGrounding(this.#grounding, this.#spoken.join(""));
    for (const citation of citations) this.events.push({ type: "citation", citation });
    const reason = this.#reason === "stop" && this.#calls > 0 ? "tool-calls" : this.#reason;
    this.events.push({ type: "finish", reason }, { type: "end" });
  }

  /** A call that the model wrote wrongly, say: as an answer that ended well it would be an empty one. */
  #failEmpty(): void {
    const message = `The model gave no answer (${this.#word}).`;
    this.events.push({ type: "failure", failure: { kind: "upstream", code: this.#word, message } });
  }

  #start(body: JsonObject): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.events.push({ type: "start", id: textIn(body, "responseId"), model: textIn(body, "modelVersion") });
  }

  #readCandidate(candidate: JsonObject): void {
    this.#logprobs = readLogprobs(candidate);
    for (const part of objectsIn(objectIn(candidate, "content") ?? {}, "parts")) this.#readPart(part);
    if (this.#logprobs.length > 0) this.#give("");
    const word = textIn(candidate, "finishReason");
    if (word !== undefined && word !== "FINISH_REASON_UNSPECIFIED") {
      this.#reason = reasons[word] ?? "other";
      this.#word = word;
    }
    this.#grounding = objectIn(candidate, "groundingMetadata") ?? this.#grounding;
    const queries = this.#grounding?.["webSearchQueries"];
    if (Array.isArray(queries)) this.#searches = Math.max(this.#searches, queries.length);
  }

  #readPart(part: JsonObject): void {
    this.#hasContent = true;
    const text = textIn(part, "text") ?? "";
    const value = textIn(part, "thoughtSignature");
    const isThought = part["thought"] === true;
    if (isThought && text !== "") this.events.push({ type: "thinking", text });
    // The signature of a thought closes it; any other belongs to the part that it stands on.
    if (value !== undefined && !isThought) this.events.push({ type: "part-end" });
    if (value !== undefined) this.events.push({ type: "seal", seal: { maker: "gemini", value } });
    if (!isThought && text !== "") this.#give(text);
    this.#readOther(part);
  }

  #give(text: string): void {
    const logprobs = this.#logprobs;
    this.#logprobs = [];
    this.#spoken.push(text);
    this.events.push(logprobs.length === 0 ? { type: "text", text } : { type: "text", text, logprobs });
  }

  #readOther(part: JsonObject): void {
    const called = objectIn(part, "functionCall");
    if (called !== undefined) this.#readCall(called);
    const inline = objectIn(part, "inlineData");
    const base64 = inline && textIn(inline, "data");
    if (inline !== undefined && base64 !== undefined) {
      this.events.push({ type: "media", mimeType: textIn(inline, "mimeType") ?? "application/octet-stream", base64 });
    }
  }

  /** Arguments in pieces come only to those who ask for them, which no translated call does; their marks have no name. */
  #readCall(called: JsonObject): void {
    if (objectsIn(called, "partialArgs").length > 0) {
      const message = "The provider sent the arguments of a call in pieces, which cannot be translated.";
      this.events.push({ type: "failure", failure: { kind: "upstream", code: undefined, message } });
    }
    if (textIn(called, "name") === undefined) return;
    const id = textIn(called, "id") ?? digestId(this.#call, String(this.#calls));
    this.#calls += 1;
    this.events.push({ type: "tool-call", id, name: textIn(called, "name") ?? "" });
    this.events.push({ type: "input", text: JSON.stringify(objectIn(called, "args") ?? {}) }, { type: "part-end" });
  }

  #readUsage(body: JsonObject): void {
    const reported = objectIn(body, "usageMetadata");
    if (reported === undefined) return;
    this.events.push({ type: "usage", usage: readUsage(reported, this.#searches || undefined) });
  }
}
