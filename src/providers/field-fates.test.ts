/**
 * Every field of the official SDKs' requests has one of three fates on its way to another format: it is said there, it is
 * refused by its name, or it is left out and told. That the tables below have all fields is for the compiler to see.
 */
import { type MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages";
import { type GenerateContentConfig } from "@google/genai";
import { type ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { type ResponseCreateParamsNonStreaming } from "openai/resources/responses/responses";
import { describe, expect, it } from "vitest";
import { type FormatName } from "#inference";
import { type ConversationName } from "./conversation.ts";
import { formatAt } from "./format-at.ts";
import { task } from "./translation-rig.ts";
import { type TranslationTask } from "./translation-task.ts";
import { translate } from "./translation.ts";

/** The value to send, or why there is nothing to be seen of it. */
type Sample = { readonly send: unknown } | { readonly unseen: string };
type Samples<Params> = { readonly [Field in keyof Required<Params>]: Sample };

/** Fields that the newest SDK has taken out of its types, and that clients send all the same. */
type Older<Field extends string> = { readonly [Name in Field]: Sample };

const send = (value: unknown): Sample => ({ send: value });
const unseen = (why: string): Sample => ({ unseen: why });

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const asked = unseen("is the prompt itself, whose parts have tests of their own");
const model = unseen("is the target's");

const chat: Samples<ChatCompletionCreateParamsNonStreaming> = {
  messages: asked,
  model,
  audio: send({ voice: "alloy", format: "mp3" }),
  frequency_penalty: send(0.5),
  function_call: send("auto"),
  functions: send([{ name: "f", parameters: schema }]),
  logit_bias: send({ "1": 2 }),
  logprobs: send(true),
  max_completion_tokens: send(7),
  max_tokens: send(7),
  metadata: send({ a: "b" }),
  modalities: send(["text", "audio"]),
  moderation: send({ model: "omni-moderation-latest" }),
  n: send(2),
  parallel_tool_calls: send(false),
  prediction: send({ type: "content", content: "x" }),
  presence_penalty: send(0.5),
  prompt_cache_key: send("k"),
  prompt_cache_options: send({ mode: "explicit" }),
  prompt_cache_retention: send("24h"),
  reasoning_effort: send("low"),
  response_format: send({ type: "json_schema", json_schema: { name: "n", schema } }),
  safety_identifier: send("u"),
  seed: send(3),
  service_tier: send("flex"),
  stop: send(["x"]),
  store: send(true),
  stream: unseen("decides on the path or on a field, and has tests of its own"),
  stream_options: unseen("is nothing without a stream"),
  temperature: send(0.3),
  tool_choice: send("required"),
  tools: send([{ type: "function", function: { name: "g", parameters: schema } }]),
  top_logprobs: send(2),
  top_p: send(0.4),
  user: send("u"),
  verbosity: send("low"),
  web_search_options: send({ search_context_size: "low" }),
};

const responses: Samples<ResponseCreateParamsNonStreaming> & Older<"max_tool_calls"> = {
  max_tool_calls: send(2),
  background: send(true),
  context_management: send([{ type: "compaction", compact_threshold: 1000 }]),
  conversation: send("conv_1"),
  include: send(["message.output_text.logprobs"]),
  input: asked,
  instructions: send("Be brief."),
  max_output_tokens: send(7),
  metadata: send({ a: "b" }),
  model,
  moderation: send({ model: "omni-moderation-latest" }),
  parallel_tool_calls: send(false),
  previous_response_id: send("resp_1"),
  prompt: send({ id: "pmpt_1" }),
  prompt_cache_key: send("k"),
  prompt_cache_options: send({ mode: "explicit" }),
  prompt_cache_retention: send("24h"),
  reasoning: send({ effort: "low" }),
  safety_identifier: send("u"),
  service_tier: send("flex"),
  store: send(true),
  stream: unseen("decides on the path or on a field, and has tests of its own"),
  stream_options: unseen("is nothing without a stream"),
  temperature: send(0.3),
  text: send({ format: { type: "json_schema", name: "n", schema } }),
  tool_choice: send("required"),
  tools: send([{ type: "function", name: "g", parameters: schema, strict: true }]),
  top_logprobs: send(2),
  top_p: send(0.4),
  truncation: send("auto"),
  user: send("u"),
};

const anthropic: Samples<MessageCreateParamsNonStreaming> & Older<"temperature" | "top_k" | "top_p"> = {
  max_tokens: send(7),
  messages: asked,
  model,
  cache_control: send({ type: "ephemeral" }),
  container: send("container_1"),
  diagnostics: send({ previous_message_id: "msg_1" }),
  inference_geo: send("us"),
  metadata: send({ user_id: "u" }),
  output_config: send({ format: { type: "json_schema", schema } }),
  service_tier: send("standard_only"),
  speed: send("fast"),
  stop_sequences: send(["x"]),
  stream: unseen("decides on the path or on a field, and has tests of its own"),
  system: send("Be brief."),
  temperature: send(0.3),
  thinking: send({ type: "enabled", budget_tokens: 2_048 }),
  tool_choice: send({ type: "any" }),
  tools: send([{ name: "g", input_schema: schema }]),
  top_k: send(4),
  top_p: send(0.4),
  user_profile_id: send("up_1"),
  workspace_id: send("ws_1"),
};

const ofSdk = unseen("is for the SDK, and not sent");
const gemini: Samples<GenerateContentConfig> = {
  httpOptions: ofSdk,
  automaticContinuation: ofSdk,
  abortSignal: ofSdk,
  automaticFunctionCalling: ofSdk,
  systemInstruction: send({ parts: [{ text: "Be brief." }] }),
  temperature: send(0.3),
  topP: send(0.4),
  topK: send(4),
  candidateCount: send(2),
  maxOutputTokens: send(7),
  stopSequences: send(["x"]),
  responseLogprobs: send(true),
  logprobs: send(2),
  presencePenalty: send(0.5),
  frequencyPenalty: send(0.5),
  seed: send(3),
  responseMimeType: send("application/json"),
  responseSchema: send({ type: "OBJECT", properties: { a: { type: "STRING" } } }),
  responseJsonSchema: send(schema),
  routingConfig: send({ autoMode: {} }),
  modelSelectionConfig: send({ featureSelectionPreference: "BALANCED" }),
  safetySettings: send([{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }]),
  tools: send([{ functionDeclarations: [{ name: "g", parametersJsonSchema: schema }] }]),
  toolConfig: send({ functionCallingConfig: { mode: "ANY" } }),
  labels: send({ a: "b" }),
  cachedContent: send("cachedContents/1"),
  responseModalities: send(["TEXT", "IMAGE"]),
  mediaResolution: send("MEDIA_RESOLUTION_LOW"),
  speechConfig: send({ voiceConfig: {} }),
  audioTimestamp: send(true),
  thinkingConfig: send({ thinkingBudget: 2_048 }),
  audioTranscriptionConfig: send({ languageCodes: ["de-DE"] }),
  continuationToken: send("c"),
  generationOutputConfig: send({ a: true }),
  store: send(true),
  imageConfig: send({ aspectRatio: "1:1" }),
  enableEnhancedCivicAnswers: send(true),
  modelArmorConfig: send({ promptTemplateName: "p" }),
  serviceTier: send("flex"),
};

/** Fields that stand beside the configuration in the body, not in it. */
const topOfGemini = [
  "systemInstruction",
  "tools",
  "toolConfig",
  "safetySettings",
  "labels",
  "cachedContent",
  "serviceTier",
  "modelArmorConfig",
];

/** What a field means nothing without. */
const beside: Readonly<Record<string, Record<string, unknown>>> = {
  "openai-chat tool_choice": { tools: [{ type: "function", function: { name: "g", parameters: schema } }] },
  "openai-chat parallel_tool_calls": { tools: [{ type: "function", function: { name: "g", parameters: schema } }] },
  "openai-responses tool_choice": { tools: [{ type: "function", name: "g", parameters: schema }] },
  "openai-responses parallel_tool_calls": { tools: [{ type: "function", name: "g", parameters: schema }] },
  "anthropic thinking": { max_tokens: 4_096 },
  "anthropic tool_choice": { tools: [{ name: "g", input_schema: schema }] },
  "gemini toolConfig": { tools: [{ functionDeclarations: [{ name: "g", parametersJsonSchema: schema }] }] },
  "gemini responseJsonSchema": { generationConfig: { responseMimeType: "application/json" } },
  "gemini responseSchema": { generationConfig: { responseMimeType: "application/json" } },
};

const tables: Readonly<Record<ConversationName, Readonly<Record<string, Sample>>>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  gemini,
};

const targets: Readonly<
  Record<string, { readonly name: FormatName; readonly model: string; readonly dialect?: "mistral" }>
> = {
  openai: { name: "openai", model: "gpt-5-mini" },
  mistral: { name: "openai", model: "mistral-large", dialect: "mistral" },
  anthropic: { name: "anthropic", model: "claude-sonnet-4-5" },
  gemini: { name: "gemini", model: "gemini-2.5-flash" },
  "Claude on Bedrock": { name: "bedrock", model: "anthropic.claude-sonnet-4-5-20250929-v1:0" },
  "Llama on Bedrock": { name: "bedrock", model: "meta.llama3-3-70b-instruct-v1:0" },
};

interface Case {
  readonly from: ConversationName;
  readonly field: string;
  readonly value: unknown;
  readonly to: string;
}

const cases: readonly Case[] = (["openai-chat", "openai-responses", "anthropic", "gemini"] as const).flatMap((from) =>
  Object.entries(tables[from]).flatMap(([field, sample]) =>
    "unseen" in sample
      ? []
      : Object.entries(targets).flatMap(([to, { name }]) =>
          from.startsWith(name) ? [] : [{ from, field, value: sample.send, to }],
        ),
  ),
);

function taskOf(
  { from, to, field, value }: Case,
  { isGiven, mayDrop }: { isGiven: boolean; mayDrop: boolean },
): TranslationTask {
  const target = targets[to];
  if (target === undefined) throw new Error(to);
  const isConfig = from === "gemini" && !topOfGemini.includes(field);
  const { generationConfig, ...fields } = beside[`${from} ${field}`] ?? {};
  const config = { ...(generationConfig as object | undefined), ...(isGiven && isConfig ? { [field]: value } : {}) };
  const given = { ...fields, ...(isGiven && !isConfig ? { [field]: value } : {}) };
  const body = from === "gemini" ? { ...given, generationConfig: config } : given;
  return {
    ...task({ from, to: from, fields: body, mayDrop }),
    format: formatAt(target.name),
    target: { model: target.model, outputCap: undefined },
    dialect: target.dialect,
  };
}

/** In the words of the refusal, which may be deeper, or the older name of the same thing. */
function isNamed(field: string, told: string): boolean {
  const also: Readonly<Record<string, readonly string[]>> = {
    parallel_tool_calls: ["tool_choice"],
    toolConfig: ["tool_choice"],
    thinking: ["reasoning_effort", "reasoning"],
    thinkingConfig: ["reasoning_effort"],
    reasoning: ["reasoning_effort"],
    output_config: ["response_format"],
    text: ["response_format", "verbosity"],
    responseMimeType: ["response_format"],
    responseJsonSchema: ["response_format"],
    responseSchema: ["response_format"],
    stop_sequences: ["stop"],
    stopSequences: ["stop"],
    topK: ["top_k"],
    topP: ["top_p"],
    presencePenalty: ["presence_penalty"],
    frequencyPenalty: ["frequency_penalty"],
    safety_identifier: ["user"],
    metadata: ["user"],
    top_logprobs: ["logprobs"],
    responseLogprobs: ["logprobs"],
    include: ["logprobs"],
    tools: ["tools"],
  };
  const last = told.replace(/^generationConfig\./, "");
  return [field, ...(also[field] ?? [])].some(
    (name) => last === name || last.startsWith(`${name}.`) || last.startsWith(`${name}[`),
  );
}

function fateOf(one: Case): string {
  const strict = translate(taskOf(one, { isGiven: true, mayDrop: false }));
  const lenient = translate(taskOf(one, { isGiven: true, mayDrop: true }));
  const without = translate(taskOf(one, { isGiven: false, mayDrop: true }));
  if (!without.ok || without.value === undefined) return "is not translated at all";
  if (!strict.ok) {
    if (strict.error.type !== "unsupported_field")
      return "field" in strict.error && isNamed(one.field, strict.error.field) ? "refused" : "unreadable";
    if (!isNamed(one.field, strict.error.field)) return `refused as ${strict.error.field}`;
    const dropped = lenient.ok ? (lenient.value?.dropped ?? []) : [];
    return dropped.some((told) => isNamed(one.field, told))
      ? "refused, or dropped and told"
      : "refused, and dropped unsaid";
  }
  const { value } = strict;
  if (value === undefined) return "is not translated at all";
  if (value.dropped.some((told) => isNamed(one.field, told))) return "left out and told";
  return value.body.equals(without.value.body) ? "lost without a word" : "said";
}

describe("A field of a request", () => {
  it("is said in the target's format, refused by its name, or left out and told", () => {
    const fates = new Map<string, string[]>();
    for (const one of cases) {
      const fate = fateOf(one);
      fates.set(fate, [...(fates.get(fate) ?? []), `${one.from} ${one.field} → ${one.to}`]);
    }
    const good = ["said", "refused, or dropped and told", "left out and told", "refused"];
    for (const fate of good) console.info(`  ${fates.get(fate)?.length ?? 0} ${fate}`);
    expect(Object.fromEntries([...fates].filter(([fate]) => !good.includes(fate)))).toEqual({});
    expect(cases.length).toBeGreaterThan(400);
  });
});
