import { type AnswerEvent, type AnswerFailure, type FinishReason, type TokenChoice } from "#inference";
import { type BodyReading, BodyDecoding } from "../answer-decoding.ts";
import { type AnswerDecoding, type DecodeTerms } from "../conversation.ts";
import { parsedAnswer } from "../held-answer.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { readAnnotations } from "../openai/annotations.ts";
import { readLogprobs } from "../openai/logprobs.ts";
import { readUsage } from "../openai/usage.ts";
import { digestId } from "../tool-call-id.ts";
import { isObject, type JsonObject } from "../usage-counts.ts";
import { sourceOfUrl } from "../data-url.ts";
import { failureOf } from "./decode-failure.ts";

/** Reads chat completions, in one piece or in chunks. Of several choices the first is read; no translated call asks for more. */
export function decodeAnswer(terms: DecodeTerms): AnswerDecoding {
  return new BodyDecoding(new ChatDecoding(terms), terms);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

interface OpenCall {
  readonly index: number;
  id: string | undefined;
  name: string;
  input: string;
}

class ChatDecoding implements BodyReading {
  readonly events: AnswerEvent[] = [];
  readonly #call: string;
  readonly #calls = new Map<number, OpenCall>();
  /** Its input goes on as it comes; that of calls beside it waits for the end of the turn, because pieces may interleave. */
  #live: OpenCall | undefined;
  #hasStarted = false;
  #hasRefused = false;
  #hasFinished = false;
  readonly #details: unknown[] = [];
  #isSealed = false;
  /** What was said while a call was being told: pieces of a call that are parted by something else could not be put together. */
  readonly #later: AnswerEvent[] = [];
  #hasChoice = false;
  #hadCalls = false;
  /** Of the text that comes next. */
  #logprobs: readonly TokenChoice[] = [];

  constructor({ call }: DecodeTerms) {
    this.#call = call;
  }

  readFrame(data: JsonObject, event: string | undefined): void {
    const failure = data["error"] ?? (event === "error" ? data : undefined);
    if (failure !== undefined && failure !== null) this.#fail(failureOf(failure, undefined));
    else this.#readChunk(data, "delta");
  }

  readWord(word: string): void {
    if (word !== "[DONE]") return;
    if (!this.#hasChoice) {
      const message = "The provider's answer holds no choice.";
      return this.#fail({ kind: "upstream", code: undefined, message });
    }
    if (!this.#hasFinished) this.#finish("");
    this.events.push({ type: "end" });
  }

  readWhole(body: JsonObject): void {
    const failure = body["error"];
    if (failure !== undefined && failure !== null) return this.#fail(failureOf(failure, undefined));
    this.#readChunk(body, "message");
    this.readWord("[DONE]");
  }

  // A body does not end a chat: only [DONE] does.
  readEnd(): void {}

  hasSaidTextAlone(data: JsonObject): boolean {
    return objectsIn(data, "choices").every((choice) => {
      const delta = objectIn(choice, "delta") ?? {};
      return Object.keys(delta).every((name) => name === "content" || name === "role" || delta[name] === null);
    });
  }

  readText(text: string): void {
    this.#say(text);
  }

  #fail(failure: AnswerFailure): void {
    this.events.push({ type: "failure", failure });
  }

  #readChunk(data: JsonObject, field: "delta" | "message"): void {
    const choice = objectsIn(data, "choices").find((one) => (one["index"] ?? 0) === 0);
    this.#start(data, choice !== undefined);
    if (choice !== undefined) this.#hasChoice = true;
    const piece = choice?.[field];
    this.#logprobs = choice === undefined ? [] : readLogprobs(objectIn(choice, "logprobs")?.["content"]);
    if (isObject(piece)) this.#readPiece(piece);
    if (this.#logprobs.length > 0) this.#give("");
    const reason = choice === undefined ? undefined : textIn(choice, "finish_reason");
    if (reason !== undefined) this.#finish(reason);
    this.#readUsage(data);
  }

  /** Azure's first chunk says what its filters found, and leaves id and model empty. */
  #start(data: JsonObject, hasChoice: boolean): void {
    const [id, model] = [textIn(data, "id") || undefined, textIn(data, "model") || undefined];
    if (this.#hasStarted || (!hasChoice && id === undefined)) return;
    this.#hasStarted = true;
    this.events.push({ type: "start", id, model });
  }

  #readPiece(piece: JsonObject): void {
    this.#readReasoning(piece);
    this.#readContent(piece["content"]);
    const refusal = textIn(piece, "refusal");
    if (refusal !== undefined && refusal !== "") {
      this.#hasRefused = true;
      this.#push({ type: "refusal", text: refusal });
    }
    for (const image of objectsIn(piece, "images")) this.#readImage(image);
    for (const citation of readAnnotations(piece, 0)) this.events.push({ type: "citation", citation });
    for (const [position, call] of objectsIn(piece, "tool_calls").entries()) this.#readCall(call, position);
    if (isObject(piece["function_call"])) this.#readCall({ index: 0, function: piece["function_call"] }, 0);
  }

  #readReasoning(piece: JsonObject): void {
    const text = textIn(piece, "reasoning_content") ?? textIn(piece, "reasoning");
    this.#details.push(...objectsIn(piece, "reasoning_details"));
    if (text === undefined || text === "") return;
    this.#push({ type: "thinking", text });
  }

  /** Details are the provider's own record of its reasoning; they go back to it as they are, after the reasoning. */
  #sealReasoning(): void {
    if (this.#isSealed || this.#details.length === 0) return;
    this.#isSealed = true;
    for (const detail of joined(this.#details)) {
      this.events.push({ type: "seal", seal: { maker: "openai-chat", value: JSON.stringify(detail) } });
    }
  }

  /** Text, or the pieces that Mistral makes of text and thinking. */
  #readContent(content: unknown): void {
    if (typeof content === "string") return this.#say(content);
    if (!Array.isArray(content)) return;
    for (const piece of content.filter(isObject)) {
      if (piece["type"] === "thinking") {
        for (const one of objectsIn(piece, "thinking")) this.#think(textIn(one, "text") ?? "");
      } else this.#say(textIn(piece, "text") ?? "");
    }
  }

  #say(text: string): void {
    if (text === "") return;
    this.#sealReasoning();
    this.#give(text);
  }

  #give(text: string): void {
    const logprobs = this.#logprobs;
    this.#logprobs = [];
    this.#push(logprobs.length === 0 ? { type: "text", text } : { type: "text", text, logprobs });
  }

  #push(event: AnswerEvent): void {
    const isTelling = this.#live !== undefined && this.#live.name !== "";
    (isTelling ? this.#later : this.events).push(event);
  }

  #think(text: string): void {
    if (text !== "") this.#push({ type: "thinking", text });
  }

  #readImage(image: JsonObject): void {
    const url = isObject(image["image_url"]) ? textIn(image["image_url"], "url") : undefined;
    const source = url === undefined ? undefined : sourceOfUrl(url);
    if (source?.type === "inline") {
      this.#push({ type: "media", mimeType: source.mimeType, base64: source.base64 });
    }
  }

  #readCall(piece: JsonObject, position: number): void {
    const given = typeof piece["index"] === "number" ? piece["index"] : position;
    const declared = isObject(piece["function"]) ? piece["function"] : {};
    const index = this.#placeOf(given, piece, declared);
    const call = this.#calls.get(index) ?? this.#openCall(index);
    const input = inputText(declared["arguments"]);
    call.id ??= textIn(piece, "id") || undefined;
    const isTold = call === this.#live && call.name !== "";
    call.input += input;
    if (isTold) return this.#giveInput(input);
    call.name ||= textIn(declared, "name") ?? "";
    if (call === this.#live && call.name !== "") this.#giveCall(call);
  }

  /** Some servers tell every call under one index. */
  #placeOf(index: number, piece: JsonObject, declared: JsonObject): number {
    const open = this.#calls.get(index);
    if (open === undefined || !isOtherCall(open, piece, declared)) return index;
    const id = textIn(piece, "id");
    return [...this.#calls.values()].find((call) => call.id === id && id !== undefined)?.index ?? this.#nextPlace();
  }

  #nextPlace(): number {
    return Math.max(...this.#calls.keys()) + 1;
  }

  #openCall(index: number): OpenCall {
    const call: OpenCall = { index, id: undefined, name: "", input: "" };
    this.#calls.set(index, call);
    this.#live ??= call;
    return call;
  }

  #giveCall(call: OpenCall): void {
    this.#sealReasoning();
    const id = call.id ?? digestId(this.#call, String(call.index));
    this.events.push({ type: "tool-call", id, name: call.name });
    this.#giveInput(call.input);
  }

  #giveInput(text: string): void {
    if (text !== "") this.events.push({ type: "input", text });
  }

  #endCalls(): void {
    for (const call of this.#calls.values()) if (call !== this.#live || call.name === "") this.#giveCall(call);
    this.#calls.clear();
    this.#live = undefined;
    this.events.push(...this.#later.splice(0));
  }

  #finish(reason: string): void {
    if (this.#calls.size > 0) this.#hadCalls = true;
    const hadCalls = this.#hadCalls;
    this.#hasFinished = true;
    this.#sealReasoning();
    this.#endCalls();
    const known = reasons[reason] ?? "other";
    // Some servers call an end with calls a stop, or do not say why they end.
    const meant = (known === "stop" || known === "other") && hadCalls ? "tool-calls" : known;
    this.events.push({ type: "finish", reason: meant === "stop" && this.#hasRefused ? "refusal" : meant });
  }

  #readUsage(data: JsonObject): void {
    const groq = isObject(data["x_groq"]) ? data["x_groq"]["usage"] : undefined;
    const reported = isObject(data["usage"]) ? data["usage"] : groq;
    if (!isObject(reported)) return;
    this.events.push({ type: "usage", usage: readUsage(JSON.stringify(reported)) });
  }
}

/** Another id is another call; without ids, so is a name with arguments behind arguments that are whole. */
function isOtherCall(open: OpenCall, piece: JsonObject, declared: JsonObject): boolean {
  const id = textIn(piece, "id") || undefined;
  if (id !== undefined) return open.id !== undefined && open.id !== id;
  const isNamed = (textIn(declared, "name") ?? "") !== "" && inputText(declared["arguments"]) !== "";
  return isNamed && open.name !== "" && isJson(open.input);
}

function isJson(text: string): boolean {
  return text !== "" && isObject(parsedAnswer(Buffer.from(text)));
}

/** Some servers send the arguments as the object itself. */
function inputText(value: unknown): string {
  if (typeof value === "string") return value;
  return isObject(value) ? JSON.stringify(value) : "";
}

/** Details stream in pieces: those with one index and type are one, and their texts are joined. */
function joined(details: readonly unknown[]): readonly JsonObject[] {
  const whole = new Map<string, JsonObject>();
  for (const [position, detail] of details.filter(isObject).entries()) {
    const { type, index = position } = detail;
    const key = JSON.stringify([type, index]);
    const before = whole.get(key);
    whole.set(key, before === undefined ? detail : joinedDetail(before, detail));
  }
  return [...whole.values()];
}

function joinedDetail(before: JsonObject, after: JsonObject): JsonObject {
  const texts: Record<string, unknown> = {};
  for (const name of ["text", "summary", "data"]) {
    const [first, second] = [before[name], after[name]];
    if (typeof first === "string" && typeof second === "string") texts[name] = first + second;
  }
  return { ...before, ...after, ...texts };
}
