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
  sseText,
  StreamEncoding,
  WholeEncoding,
  type WholeWriting,
} from "../answer-encoding.ts";
import { type AnswerEncoding, type EncodeTerms } from "../conversation.ts";
import { countCharacters } from "../character-count.ts";
import { writeAnnotation } from "../openai/annotations.ts";
import { writeLogprobs } from "../openai/logprobs.ts";
import { saidFailure } from "../openai/said-failure.ts";
import { type JsonObject } from "../usage-counts.ts";
import { encodeFailure } from "./encode-failure.ts";
import { outputItem, responseBody, type ResponseState, statusOf, type TextMarks } from "./response-body.ts";

/** Writes an answer as a response, in one piece or in events. */
export function encodeAnswer(terms: EncodeTerms): AnswerEncoding {
  return terms.isStream ? new StreamEncoding(new EventWriting(terms)) : new WholeEncoding(new BodyWriting(terms));
}

class BodyWriting implements WholeWriting {
  readonly #terms: EncodeTerms;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  writeWhole(answer: CollectedAnswer): JsonObject {
    const { parts, model, finish, usage } = answer;
    const { call } = this.#terms;
    const output = parts.map((part, number) => outputItem(part, { call, number }, marksOf(answer, number)));
    return responseBody(this.#terms, { status: statusOf(finish, output), model, output, finish, usage });
  }

  writeFailure(failure: Parameters<WholeWriting["writeFailure"]>[0]): string {
    return encodeFailure({ status: statusOfKind(failure.kind), failure, call: this.#terms.call });
  }
}

function marksOf({ parts, citations, logprobs }: CollectedAnswer, place: number): TextMarks {
  const part = parts[place];
  if (part?.type !== "text") return {};
  const before = parts.slice(0, place).flatMap((one) => (one.type === "text" ? [one.text] : []));
  return {
    annotations: annotationsOf(citations, { before, text: part.text }),
    logprobs: writeLogprobs(logprobs.get(place) ?? []),
  };
}

/** Of the citations those that lie in this text. */
function annotationsOf(
  citations: readonly Citation[],
  { before, text }: { readonly before: readonly string[]; readonly text: string },
): readonly JsonObject[] {
  if (citations.length === 0) return [];
  const offset = countCharacters(before);
  const end = offset + countCharacters([text]);
  return citations
    .filter(({ from }) => from >= offset && from <= end)
    .map((citation) => ({ type: "url_citation", ...writeAnnotation(citation, offset) }));
}

type OpenPart = OpenText | OpenCall;
interface OpenText {
  readonly type: "text" | "refusal" | "thinking";
  readonly texts: string[];
  readonly logprobs: TokenChoice[];
}
interface OpenCall {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly texts: string[];
}

/** Events of a response: each item is added, filled and done before the next one. */
class EventWriting implements FrameWriting {
  nextSequence = 0;
  readonly #terms: EncodeTerms;
  readonly #output: JsonObject[] = [];
  #open: OpenPart | undefined;
  /** Of the open part, as its item was added. */
  #itemId: unknown;
  #model: string | undefined;
  #usage: Usage | undefined;
  /** Told when the text is done that they belong to, since they may come before it. */
  #citations: readonly Citation[] = [];
  readonly #spoken: string[] = [];
  #finish: FinishReason | undefined;

  constructor(terms: EncodeTerms) {
    this.#terms = terms;
  }

  write(event: AnswerEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
      case "thinking":
        return this.#ensure(event.type) + this.#delta(event.text, "logprobs" in event ? event.logprobs : undefined);
      case "citation":
        this.#citations = [...this.#citations, event.citation];
        return "";
      case "seal":
        return this.#writeSeal(event.seal);
      case "tool-call":
        return this.#close() + this.#begin({ type: "tool-call", id: event.id, name: event.name, texts: [] });
      case "input":
        return this.#delta(event.text);
      case "media": {
        const source = { type: "inline", mimeType: event.mimeType, base64: event.base64 } as const;
        return this.#close() + this.#whole({ type: "media", kind: "image", source });
      }
      case "part-end":
        return this.#close();
      default:
        return this.#writeFact(event);
    }
  }

  #writeFact(event: Extract<AnswerEvent, { type: "start" | "usage" | "finish" | "failure" | "end" }>): string {
    if (event.type === "start") {
      this.#model = event.model;
      const response = this.#response({ status: "in_progress" });
      return this.#said("response.created", { response }) + this.#said("response.in_progress", { response });
    }
    if (event.type === "usage") this.#usage = event.usage;
    else if (event.type === "finish") this.#finish = event.reason;
    else if (event.type === "end") return this.#close() + this.#end();
    else {
      const { code, message, param } = saidFailure(event.failure, "input");
      return this.#said("error", { code, message, param });
    }
    return "";
  }

  /** A seal is a part of the reasoning item, so one without text opens an item of its own. */
  #writeSeal(seal: Seal): string {
    if (this.#open?.type === "thinking") return this.#close(seal);
    return this.#close() + this.#whole({ type: "thinking", text: "", seal });
  }

  #whole(part: Part): string {
    const item = this.#item(part);
    const added = this.#said("response.output_item.added", { output_index: this.#output.length, item });
    return added + this.#done(item);
  }

  #ensure(type: "text" | "refusal" | "thinking"): string {
    return this.#open?.type === type ? "" : this.#close() + this.#begin({ type, texts: [], logprobs: [] });
  }

  #begin(open: OpenPart): string {
    this.#open = open;
    const at = { output_index: this.#output.length };
    const item = this.#item(partOf(open, undefined));
    const item_id = item["id"];
    this.#itemId = item_id;
    switch (open.type) {
      case "tool-call":
        return this.#said("response.output_item.added", {
          ...at,
          item: { ...item, status: "in_progress", arguments: "" },
        });
      case "thinking":
        return (
          this.#said("response.output_item.added", { ...at, item: { ...item, encrypted_content: null } }) +
          this.#said("response.reasoning_summary_part.added", { ...at, item_id, summary_index: 0, part: summary("") })
        );
      default:
        return (
          this.#said("response.output_item.added", { ...at, item: { ...item, status: "in_progress", content: [] } }) +
          this.#said("response.content_part.added", { ...at, item_id, content_index: 0, part: contentOf(item) })
        );
    }
  }

  #delta(delta: string, tokens: readonly TokenChoice[] = []): string {
    const open = this.#open;
    if (open === undefined) return "";
    open.texts.push(delta);
    const at = { item_id: this.#itemId, output_index: this.#output.length, delta };
    switch (open.type) {
      case "text":
        open.logprobs.push(...tokens);
        return this.#said("response.output_text.delta", { ...at, content_index: 0, logprobs: writeLogprobs(tokens) });
      case "refusal":
        return this.#said("response.refusal.delta", { ...at, content_index: 0 });
      case "thinking":
        return this.#said("response.reasoning_summary_text.delta", { ...at, summary_index: 0 });
      case "tool-call":
        return this.#said("response.function_call_arguments.delta", at);
      default:
        return unreachable(open);
    }
  }

  #close(seal?: Seal): string {
    const open = this.#open;
    if (open === undefined) return "";
    this.#open = undefined;
    const text = open.texts.join("");
    const marks = open.type === "text" ? this.#marks(open, text) : {};
    const item = this.#item(partOf(open, seal), marks);
    const at = { item_id: this.#itemId, output_index: this.#output.length };
    const annotated = (marks.annotations ?? []).map((annotation, index) =>
      this.#said("response.output_text.annotation.added", {
        ...at,
        content_index: 0,
        annotation_index: index,
        annotation,
      }),
    );
    return annotated.join("") + this.#finished(open, { at, text, item }) + this.#done({ ...item, id: this.#itemId });
  }

  #marks({ logprobs }: OpenText, text: string): TextMarks {
    const annotations = annotationsOf(this.#citations, { before: this.#spoken, text });
    this.#spoken.push(text);
    return { annotations, logprobs: writeLogprobs(logprobs) };
  }

  #finished(
    open: OpenPart,
    { at, text, item }: { readonly at: JsonObject; readonly text: string; readonly item: JsonObject },
  ): string {
    const content = { ...at, content_index: 0 };
    switch (open.type) {
      case "tool-call":
        return this.#said("response.function_call_arguments.done", {
          ...at,
          name: open.name,
          arguments: item["arguments"],
        });
      case "thinking":
        return (
          this.#said("response.reasoning_summary_text.done", { ...at, summary_index: 0, text }) +
          this.#said("response.reasoning_summary_part.done", { ...at, summary_index: 0, part: summary(text) })
        );
      case "text":
        return (
          this.#said("response.output_text.done", { ...content, text, logprobs: writeLogprobs(open.logprobs) }) +
          this.#said("response.content_part.done", { ...content, part: contentOf(item) })
        );
      case "refusal":
        return (
          this.#said("response.refusal.done", { ...content, refusal: text }) +
          this.#said("response.content_part.done", { ...content, part: contentOf(item) })
        );
      default:
        return unreachable(open);
    }
  }

  #done(item: JsonObject): string {
    const said = this.#said("response.output_item.done", { output_index: this.#output.length, item });
    this.#output.push(item);
    return said;
  }

  #item(part: Part, marks?: TextMarks): JsonObject {
    return outputItem(part, { call: this.#terms.call, number: this.#output.length }, marks);
  }

  #end(): string {
    const status = statusOf(this.#finish, this.#output);
    const response = this.#response({ status, finish: this.#finish, usage: this.#usage });
    return this.#said(`response.${status}`, { response }, this.#terms.receipt?.());
  }

  #response(state: Omit<ResponseState, "model" | "output">): JsonObject {
    return responseBody(this.#terms, { ...state, model: this.#model, output: this.#output });
  }

  #said(type: string, rest: JsonObject, comment?: string): string {
    const data = { type, sequence_number: this.nextSequence, ...rest };
    this.nextSequence += 1;
    return sseText(data, { event: type, comment });
  }
}

function partOf(open: OpenPart, seal: Seal | undefined): Part {
  const text = open.texts.join("");
  switch (open.type) {
    case "thinking":
      return { type: "thinking", text, seal };
    case "tool-call":
      return { type: "tool-call", id: open.id, name: open.name, input: text };
    default:
      return { type: open.type, text };
  }
}

function contentOf(item: JsonObject): unknown {
  const content = item["content"];
  return Array.isArray(content) ? content[0] : undefined;
}

function summary(text: string): JsonObject {
  return { type: "summary_text", text };
}
