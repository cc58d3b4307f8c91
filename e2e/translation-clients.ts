/** The official SDKs, each asking one question and saying what it understood of the answer, in one set of words. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";

export const formats = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const;
export type Format = (typeof formats)[number];

export interface Understood {
  readonly text: string;
  readonly calls: readonly { readonly name: string | undefined; readonly input: unknown }[];
  /** 0 where nothing was counted: some formats cannot say that. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isCutShort: boolean;
}

export interface Place {
  /** Without a version. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

const question = "What does a token weigh?";

export function askAs(format: Format, place: Place, { stream }: { readonly stream: boolean }): Promise<Understood> {
  const clients = {
    "openai-chat": askChat,
    "openai-responses": askResponses,
    anthropic: askAnthropic,
    gemini: askGemini,
  };
  return clients[format](place, stream);
}

export function openaiAt({ url, key }: Place): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
}

export function anthropicAt({ url, key }: Place): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
}

export function geminiAt({ url, key }: Place): GoogleGenAI {
  return new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
}

async function askChat(place: Place, stream: boolean): Promise<Understood> {
  const client = openaiAt(place);
  const asked = { model: place.model, messages: [{ role: "user" as const, content: question }] };
  const options = { include_usage: true };
  const answer = stream
    ? await client.chat.completions.stream({ ...asked, stream_options: options }).finalChatCompletion()
    : await client.chat.completions.create(asked);
  const [choice] = answer.choices;
  const calls = choice?.message.tool_calls ?? [];
  return {
    text: choice?.message.content ?? "",
    calls: calls.flatMap((call) =>
      call.type === "function" ? [{ name: call.function.name, input: parsed(call.function.arguments) }] : [],
    ),
    inputTokens: answer.usage?.prompt_tokens ?? 0,
    outputTokens: answer.usage?.completion_tokens ?? 0,
    isCutShort: choice?.finish_reason === "length",
  };
}

async function askResponses(place: Place, stream: boolean): Promise<Understood> {
  const client = openaiAt(place);
  const asked = { model: place.model, input: question };
  const answer = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked);
  return {
    text: answer.output_text,
    calls: answer.output.flatMap((item) =>
      item.type === "function_call" ? [{ name: item.name, input: parsed(item.arguments) }] : [],
    ),
    inputTokens: answer.usage?.input_tokens ?? 0,
    outputTokens: answer.usage?.output_tokens ?? 0,
    isCutShort: answer.incomplete_details?.reason === "max_output_tokens",
  };
}

async function askAnthropic(place: Place, stream: boolean): Promise<Understood> {
  const client = anthropicAt(place);
  const asked = { model: place.model, max_tokens: 1_000, messages: [{ role: "user" as const, content: question }] };
  const answer = stream ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
  const { usage } = answer;
  return {
    text: answer.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    calls: answer.content.flatMap((block) =>
      block.type === "tool_use" ? [{ name: block.name, input: block.input }] : [],
    ),
    inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    outputTokens: usage.output_tokens,
    isCutShort: answer.stop_reason === "max_tokens",
  };
}

async function askGemini(place: Place, stream: boolean): Promise<Understood> {
  const client = geminiAt(place);
  const asked = { model: place.model, contents: question };
  const chunks = [];
  if (stream) for await (const chunk of await client.models.generateContentStream(asked)) chunks.push(chunk);
  else chunks.push(await client.models.generateContent(asked));
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const usage = chunks.findLast((chunk) => chunk.usageMetadata !== undefined)?.usageMetadata;
  return {
    text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
    calls: parts.flatMap(({ functionCall }) =>
      // Some streams end each call with a mark that has no name.
      functionCall?.name === undefined ? [] : [{ name: functionCall.name, input: functionCall.args ?? {} }],
    ),
    inputTokens: (usage?.promptTokenCount ?? 0) + (usage?.toolUsePromptTokenCount ?? 0),
    outputTokens: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    isCutShort: chunks.some((chunk) => String(chunk.candidates?.[0]?.finishReason) === "MAX_TOKENS"),
  };
}

function parsed(text: string): unknown {
  return text === "" ? {} : JSON.parse(text);
}
