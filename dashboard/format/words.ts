/** Names of the wire as a colleague would say them. An unknown name is shown as it is, with its underscores opened. */
const words: Readonly<Record<string, string>> = {
  input_uncached: "input",
  cache_read: "cache read",
  cache_write_5m: "cache write, 5 min",
  cache_write_1h: "cache write, 1 h",
  output_text: "output",
  output_reasoning: "output, reasoning",
  audio_in: "audio in",
  audio_cache_read: "audio, cache read",
  audio_ms_in: "audio in, ms",
  audio_ms_out: "audio out, ms",
  image_cache_read: "image, cache read",
  client_retry: "retry by the client",
  in_doubt: "in doubt",
  ejected: "set aside",
  cooling: "cooling down",
  openai: "OpenAI",
  anthropic: "Anthropic",
  gemini: "Gemini",
};

export function say(name: string): string {
  // What somebody called it, as it was written.
  if (name.startsWith("tag.")) return `tag ${name.slice("tag.".length)}`;
  return words[name] ?? name.replaceAll("_", " ");
}

export function sayStart(name: string): string {
  const said = say(name);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

const NONE = "(none)";
const UNALLOCATED = "(unallocated)";

/** What costs without a model costs as something else; nothing of it is missing. */
const absent: Readonly<Record<string, string>> = {
  model: "no model: tools, reviews, bills",
  target: "no target: tools, reviews, bills",
  provider: "no provider: tools, own work",
  source: "nobody outside: own work",
};

/** A value of a dimension; what has none is called by what it is. */
export function sayValue(dimension: string, value: string): string {
  if (value === UNALLOCATED) return "not allocated";
  if (value === NONE || value === `${NONE}/${NONE}`) return absent[dimension] ?? `no ${say(dimension)}`;
  // A target of no model is who was paid.
  return dimension === "target" && value.endsWith(`/${NONE}`) ? value.slice(0, -NONE.length - 1) : value;
}

/** `feature support`; `no feature`; `not allocated`. */
export function sayPlace(dimension: string, value: string): string {
  return isNamed(value) && value !== UNALLOCATED ? `${dimension} ${value}` : sayValue(dimension, value);
}

export function isNamed(value: string): boolean {
  return value !== NONE;
}
