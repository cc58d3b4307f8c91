/** A field that is newer than this code, anywhere in a request: it is refused by its name, never passed over. */
import { describe, expect, it } from "vitest";
import { type ConversationName, conversationNames } from "./conversation.ts";
import { formatAt } from "./format-at.ts";
import { task } from "./translation-rig.ts";
import { translate } from "./translation.ts";

const schema = { type: "object", properties: { a: { type: "string" } } };
const png = "data:image/png;base64,AAAA";
const inline = { type: "base64", media_type: "image/png", data: "AAAA" };

/** Requests that use each kind of object that a format has. */
const bodies: Readonly<Record<ConversationName, Record<string, unknown>>> = {
  "openai-chat": {
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "x" },
          { type: "image_url", image_url: { url: png } },
        ],
      },
      { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c1", content: "y" },
    ],
    tools: [{ type: "function", function: { name: "f", parameters: schema } }],
    tool_choice: { type: "function", function: { name: "f" } },
    response_format: { type: "json_schema", json_schema: { name: "n", schema } },
  },
  "openai-responses": {
    input: [
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "x" },
          { type: "input_image", image_url: png },
        ],
      },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "y" },
    ],
    tools: [{ type: "function", name: "f", parameters: schema, strict: false }],
    tool_choice: { type: "function", name: "f" },
    reasoning: { effort: "low" },
    text: { format: { type: "json_schema", name: "n", schema } },
  },
  anthropic: {
    max_tokens: 9_000,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "x" },
          { type: "image", source: inline },
        ],
      },
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: { a: "b" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: [{ type: "text", text: "y" }] }] },
    ],
    tools: [{ name: "f", input_schema: schema }],
    tool_choice: { type: "tool", name: "f" },
    thinking: { type: "enabled", budget_tokens: 2_048 },
  },
  gemini: {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      { role: "user", parts: [{ text: "x" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
      { role: "model", parts: [{ functionCall: { id: "c1", name: "f", args: { a: "b" } } }] },
      { role: "user", parts: [{ functionResponse: { id: "c1", name: "f", response: { output: "y" } } }] },
    ],
    tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: schema }] }],
    toolConfig: { functionCallingConfig: { mode: "ANY" } },
    generationConfig: { maxOutputTokens: 9, thinkingConfig: { thinkingBudget: 2_048 } },
  },
};

/** What is kept as it is, or whose every field goes with it. */
const asIs =
  /(?<=.)\.(?:schema|parameters|input_schema|input|args|parametersJsonSchema|response|cache_control)(?:\.|$)/;
const NEW = "zz_newer_than_this";

/** The body once for each object in it, with a field that nobody knows there. */
function* withNewField(value: unknown, path = ""): Generator<{ readonly path: string; readonly body: unknown }> {
  if (asIs.test(path) || typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { path, body: { ...value, [NEW]: 1 } };
  for (const [key, inner] of Object.entries(value)) {
    for (const { path: deeper, body } of withNewField(inner, `${path}.${key}`)) {
      const changed = Array.isArray(value) ? value.with(Number(key), body) : { ...value, [key]: body };
      yield { path: deeper, body: changed };
    }
  }
}

describe("A field that nobody knows", () => {
  it.each(conversationNames)(
    "is refused by its name wherever it stands in a request of %s, or left out and told",
    (from) => {
      const passedOver: string[] = [];
      let count = 0;
      for (const { path, body } of withNewField(bodies[from])) {
        for (const to of ["openai", "anthropic", "gemini", "bedrock"] as const) {
          if (from.startsWith(to)) continue;
          count += 1;
          const target = { model: "anthropic.claude-sonnet-4-5-20250929-v1:0", outputCap: undefined };
          const asked = { ...task({ from, to: from }), target, format: formatAt(to), dialect: undefined };
          const source = { ...asked.source, body: Buffer.from(JSON.stringify({ model: "m", ...(body as object) })) };
          const strict = translate({ ...asked, source });
          const lenient = translate({ ...asked, source, mayDrop: true });
          const isRefused = !strict.ok && strict.error.type === "unsupported_field";
          const told = lenient.ok ? (lenient.value?.dropped ?? []) : [];
          if (!isRefused || !told.some((field) => field.endsWith(NEW))) passedOver.push(`${path} → ${to}`);
        }
      }
      expect(passedOver).toEqual([]);
      expect(count).toBeGreaterThan(30);
    },
  );
});
