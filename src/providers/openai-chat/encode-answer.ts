import {
  type AnswerEvent,
  type Citation,
  type FinishReason,
  type Part,
  type TokenChoice,
  type Usage,
  statusOfKind,
} from "#inference";
import {
  type CollectedAnswer,
  type FrameWriting,
  sseText,
  StreamEncoding,
  WholeEncoding,
  type WholeWriting,
} from "../answer-encoding.ts";
import { type AnswerEncoding, type EncodeTerms } from "../conversation.ts";
import { urlOfSource } from "../data-url.ts";
import { writeAnnotation } from "../openai/annotations.ts";
import { writeLogprobs } from "../openai/logprobs.ts";
import { chatUsage } from "../openai/encode-usage.ts";
import { type JsonObject } from "../usage-counts.ts";
import { encodeFailure } from "./encode-failure.ts";
import { writeDetail } from "./reasoning-details.ts";

/** Writes an answer as a chat completion, in one piece or in chunks. */
export function encodeAnswer(terms: EncodeTerms): AnswerEncoding {
  return terms.isStream ? new StreamEncoding(new ChunkWriting(terms)) : new WholeEncoding(new CompletionWriting(terms));
}

class CompletionWriting implements WholeWriting {
  readonly #terms: EncodeTerms;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  writeWhole(answer: CollectedAnswer): JsonObject {
    const { call, createdAt, model } = this.#terms;
    return {
      id: answer.id ?? call,
      object: "chat.completion",
      created: createdAt,
      model: answer.model ?? model,
      choices: [
        {
          index: 0,
          message: { ...writeMessage(answer.parts), ...annotated(answer.citations) },
          logprobs: writtenLogprobs([...answer.logprobs.values()].flat()),
          finish_reason: finishWord(
            answer.finish,
            answer.parts.some(({ type }) => type === "refusal"),
          ),
        },
      ],
      ...(answer.usage === undefined ? {} : { usage: chatUsage(answer.usage) }),
    };
  }

  writeFailure(failure: Parameters<WholeWriting["writeFailure"]>[0]): string {
    return encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
  }
}

function writtenLogprobs(tokens: readonly TokenChoice[]): JsonObject | null {
  return tokens.length === 0 ? null : { content: writeLogprobs(tokens), refusal: null };
}

/** Places are counted in the one text that a chat has. */
function annotated(citations: readonly Citation[]): JsonObject {
  if (citations.length === 0) return {};
  return {
    annotations: citations.map((citation) => ({ type: "url_citation", url_citation: writeAnnotation(citation, 0) })),
  };
}

function writeMessage(parts: readonly Part[]): JsonObject {
  const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const refusal = parts.flatMap((part) => (part.type === "refusal" ? [part.text] : []));
  const thinking = parts.flatMap((part) => (part.type === "thinking" ? [part.text] : [])).join("");
  const details = parts.flatMap((part, index) => {
    const next = parts[index + 1];
    if (part.type !== "thinking") return [];
    return writeDetail(part.text, part.seal, next?.type === "tool-call" ? next.id : undefined) ?? [];
  });
  const images = parts.flatMap((part) =>
    part.type === "media" ? [{ type: "image_url", image_url: { url: urlOfSource(part.source) } }] : [],
  );
  const calls = parts.flatMap((part) =>
    part.type === "tool-call"
      ? [{ id: part.id, type: "function", function: { name: part.name, arguments: part.input || "{}" } }]
      : [],
  );
  return {
    role: "assistant",
    content: text.length === 0 ? null : text.join(""),
    refusal: refusal.length === 0 ? null : refusal.join(""),
    ...(thinking === "" ? {} : { reasoning_content: thinking }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** A refusal in the model's own words ends in `stop`; one that the provider made of an answer is a filter's. */
function finishWord(reason: FinishReason | undefined, hasRefusal: boolean): string {
  switch (reason) {
    case "length":
    case "context-full":
      return "length";
    case "tool-calls":
      return "tool_calls";
    case "content-filter":
      return "content_filter";
    case "refusal":
      return hasRefusal ? "stop" : "content_filter";
    default:
      return "stop";
  }
}

class ChunkWriting implements FrameWriting {
  readonly nextSequence = 0;
  readonly #terms: EncodeTerms;
  #id: string;
  #model: string;
  #calls = 0;
  /** The last call has no argument yet. */
  #isCallEmpty = false;
  #usage: Usage | undefined;
  #finish: FinishReason | undefined;
  #hasRefusal = false;
  #thinking = "";
  /** A chunk of text without its text. */
  #around: readonly string[] | undefined;
  /** Told in one piece at the end: clients that put chunks together keep the last value of a field they do not know. */
  readonly #details: JsonObject[] = [];
  #sealed: Extract<AnswerEvent, { type: "seal" }>[] = [];

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
    this.#id = terms.call;
    this.#model = terms.model;
  }

  write(event: AnswerEvent): string {
    if (event.type !== "seal" && event.type !== "usage") this.#closeSeals(event);
    const closed = this.#closeCall(event);
    return closed === "" ? this.#write(event) : closed + this.#write(event);
  }

  /** Clients parse the arguments of a call, and nothing is no JSON. A call that an error cut is left as it is. */
  #closeCall({ type }: AnswerEvent): string {
    if (!this.#isCallEmpty || type === "input" || type === "usage" || type === "seal" || type === "failure") return "";
    this.#isCallEmpty = false;
    return this.#chunk({ tool_calls: [{ index: this.#calls - 1, function: { arguments: "{}" } }] });
  }

  #write(event: AnswerEvent): string {
    switch (event.type) {
      case "text":
        return event.logprobs === undefined
          ? this.#textChunk(event.text)
          : this.#chunk({ content: event.text }, null, event.logprobs);
      case "citation":
        return this.#chunk(annotated([event.citation]));
      case "refusal":
        this.#hasRefusal = true;
        return this.#chunk({ refusal: event.text });
      case "thinking":
        this.#thinking += event.text;
        return this.#chunk({ reasoning_content: event.text });
      case "seal":
        this.#addSeal(event);
        return "";
      case "media":
        return this.#chunk({ images: [imageOf(event)] });
      case "tool-call":
      case "input":
        return this.#writeCall(event);
      default:
        return this.#writeFact(event);
    }
  }

  #start({ id, model }: Extract<AnswerEvent, { type: "start" }>): string {
    this.#id = id ?? this.#id;
    this.#model = model ?? this.#model;
    return this.#chunk({ role: "assistant", content: "", refusal: null });
  }

  #writeFact(
    event: Extract<AnswerEvent, { type: "start" | "part-end" | "usage" | "finish" | "failure" | "end" }>,
  ): string {
    if (event.type === "start") return this.#start(event);
    if (event.type === "usage") this.#usage = event.usage;
    else if (event.type === "finish") this.#finish = event.reason;
    else if (event.type === "end") return this.#end();
    else if (event.type === "failure") {
      const { failure } = event;
      return sseText(encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call }));
    }
    return "";
  }

  #writeCall(event: Extract<AnswerEvent, { type: "tool-call" | "input" }>): string {
    if (event.type === "input") {
      if (event.text === "") return "";
      this.#isCallEmpty = false;
      return this.#chunk({ tool_calls: [{ index: this.#calls - 1, function: { arguments: event.text } }] });
    }
    this.#calls += 1;
    this.#isCallEmpty = true;
    const named = { name: event.name, arguments: "" };
    return this.#chunk({ tool_calls: [{ index: this.#calls - 1, id: event.id, type: "function", function: named }] });
  }

  #addSeal(event: Extract<AnswerEvent, { type: "seal" }>): void {
    if (this.#thinking === "") this.#sealed.push(event);
    else this.#addDetail(event.seal, undefined);
  }

  #addDetail(seal: Parameters<typeof writeDetail>[1], call: string | undefined): void {
    const detail = writeDetail(this.#thinking, seal, call);
    this.#thinking = "";
    if (detail !== undefined) this.#details.push(detail);
  }

  /** Thinking without a seal ends with whatever comes after it; a seal without thinking belongs to what comes after it. */
  #closeSeals(event: AnswerEvent): void {
    if (event.type === "thinking") return;
    if (this.#thinking !== "") this.#addDetail(undefined, undefined);
    const call = event.type === "tool-call" ? event.id : undefined;
    for (const { seal } of this.#sealed.splice(0)) this.#addDetail(seal, call);
  }

  #end(): string {
    const { prompt, receipt } = this.#terms;
    const details = this.#details.length === 0 ? "" : this.#chunk({ reasoning_details: this.#details });
    const finish = this.#chunk({}, finishWord(this.#finish, this.#hasRefusal));
    const mayTell = prompt.wantsStreamUsage && this.#usage !== undefined;
    const usage =
      mayTell && this.#usage !== undefined ? this.#frame({ choices: [], usage: chatUsage(this.#usage) }) : "";
    return details + finish + usage + sseText("[DONE]", { comment: receipt?.() });
  }

  /** Most of a stream is this one chunk, so all but its text is written once. */
  #textChunk(text: string): string {
    this.#around ??= this.#chunk({ content: "" }).split('"content":""');
    const [before = "", after = ""] = this.#around;
    return `${before}"content":${JSON.stringify(text)}${after}`;
  }

  #chunk(delta: JsonObject, finish: string | null = null, tokens: readonly TokenChoice[] = []): string {
    const usage = this.#terms.prompt.wantsStreamUsage ? { usage: null } : {};
    return this.#frame({
      choices: [{ index: 0, delta, logprobs: writtenLogprobs(tokens), finish_reason: finish }],
      ...usage,
    });
  }

  #frame(rest: JsonObject): string {
    const { createdAt } = this.#terms;
    return sseText({
      id: this.#id,
      object: "chat.completion.chunk",
      created: createdAt,
      model: this.#model,
      ...rest,
    });
  }
}

function imageOf({ mimeType, base64 }: Extract<AnswerEvent, { type: "media" }>): JsonObject {
  return { type: "image_url", image_url: { url: urlOfSource({ type: "inline", mimeType, base64 }) } };
}
