import { isObject, type JsonObject } from "./json.ts";

/** What a prompt is made of, whatever the wire format: its texts in order, its pictures, its cache marks. */
export interface Prompt {
  readonly texts: readonly string[];
  readonly images: number;
  /** Marked by `cache_control`: everything before `text` may be kept, for longer than five minutes if `long`. */
  readonly cacheMarks: readonly { readonly text: number; readonly long: boolean }[];
}

export const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_IMAGE = 258;
const TOKENS_PER_MESSAGE = 4;

const namesWithoutText = new Set(["type", "role", "id", "call_id", "tool_use_id", "url", "data", "file_id", "detail"]);
const imageTypes = new Set(["image", "image_url", "input_image"]);

export function readPrompt(...parts: readonly unknown[]): Prompt {
  const prompt: Draft = { texts: [], images: 0, cacheMarks: [] };
  for (const part of parts) walk(part, prompt);
  return prompt;
}

/** Never more tokens than the bytes that they stand in: bounds are proven from bytes. */
export function countTokens(prompt: Prompt, messages: number): number {
  let tokens = prompt.images * TOKENS_PER_IMAGE + messages * TOKENS_PER_MESSAGE;
  for (const text of prompt.texts) tokens += Math.ceil(text.length / CHARACTERS_PER_TOKEN);
  return tokens;
}

interface Draft {
  texts: string[];
  images: number;
  cacheMarks: { text: number; long: boolean }[];
}

function walk(value: unknown, prompt: Draft): void {
  if (typeof value === "string") {
    if (value !== "") prompt.texts.push(value);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) walk(item, prompt);
    return;
  }
  if (isObject(value)) walkObject(value, prompt);
}

function walkObject(value: JsonObject, prompt: Draft): void {
  if (imageTypes.has(String(value["type"])) || "inlineData" in value || "fileData" in value) {
    prompt.images++;
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (name !== "cache_control" && !namesWithoutText.has(name)) walk(inner, prompt);
  }
  const mark = value["cache_control"];
  if (isObject(mark)) prompt.cacheMarks.push({ text: prompt.texts.length, long: mark["ttl"] === "1h" });
}
