/** Calls of every format on their way to every other, for tests. */
import { type DialectName, type Prompt } from "#inference";
import { type ConversationName } from "./conversation.ts";
import { conversations } from "./conversations.ts";
import { translate } from "./translation.ts";
import { type Translation, type TranslationTask } from "./translation-task.ts";
import { type Endpoint } from "./ask-source.ts";
import { type AnswerOptions, type WireFormat } from "./wire-format.ts";
import { wireFormats } from "./wire-formats.ts";

const formatOf: Readonly<Record<ConversationName, WireFormat["name"]>> = {
  "openai-chat": "openai",
  "openai-responses": "openai",
  anthropic: "anthropic",
  gemini: "gemini",
};

function formatNamed(name: WireFormat["name"]): WireFormat {
  const format = wireFormats.find((one) => one.name === name);
  if (format === undefined) throw new Error(name);
  return format;
}

function endpointOf(name: ConversationName, stream: boolean): Endpoint {
  const path = conversations[name].path[stream ? "stream" : "whole"];
  const endpoint = formatNamed(formatOf[name]).endpoints.find((one) => one.path === path);
  if (endpoint === undefined) throw new Error(path);
  return endpoint;
}

const plainAsk: Readonly<Record<ConversationName, Record<string, unknown>>> = {
  "openai-chat": { model: "m", messages: [{ role: "user", content: "x" }] },
  "openai-responses": { model: "m", input: "x" },
  anthropic: { model: "m", max_tokens: 9, messages: [{ role: "user", content: "x" }] },
  gemini: { contents: [{ parts: [{ text: "x" }] }] },
};

export interface Asked extends Partial<Omit<TranslationTask, "source" | "client" | "format">> {
  readonly from: ConversationName;
  readonly to: ConversationName;
  readonly fields?: Record<string, unknown>;
  readonly stream?: boolean;
  readonly query?: string;
}

export function task({ from, to, fields = {}, stream = false, query = "alt=sse", ...rest }: Asked): TranslationTask {
  const body = { ...plainAsk[from], ...fields, ...(stream && from !== "gemini" ? { stream: true } : {}) };
  const dialects: Partial<Record<ConversationName, DialectName>> = {
    "openai-responses": "openai",
    "openai-chat": "openrouter",
  };
  return {
    source: {
      endpoint: endpointOf(from, stream),
      parameters: {},
      query: new URLSearchParams(query),
      contentType: "application/json",
      body: Buffer.from(JSON.stringify(body)),
    },
    client: formatNamed(formatOf[from]),
    format: formatNamed(formatOf[to]),
    target: { model: "target", outputCap: undefined },
    dialect: dialects[to],
    mayDrop: false,
    call: "call_1",
    createdAt: 1,
    ...rest,
  };
}

export function translated(asked: Asked): Translation {
  const result = translate(task(asked));
  if (!result.ok || result.value === undefined) throw new Error(JSON.stringify(result));
  return result.value;
}

export function bodyOf(translation: Translation) {
  return JSON.parse(translation.body.toString());
}

export function promptOf(name: ConversationName): Prompt {
  const read = conversations[name].decodePrompt(task({ from: name, to: name }).source);
  if (!read.ok) throw new Error("unreadable");
  return read.value.prompt;
}

export const answerOptions: AnswerOptions = {
  operation: "chat",
  stream: false,
  status: 200,
  contentType: "application/json",
  stripUsage: true,
  receipt: undefined,
};
