export type Encoding = "o200k_base" | "cl100k_base";

/** The published encoding of a model's own provider; undefined where none is published. */
export function encodingOf(model: string): Encoding | undefined {
  const name = model.slice(model.lastIndexOf("/") + 1);
  return encodings.find(([pattern]) => pattern.test(name))?.[1];
}

/** OpenAI's own list, in tiktoken's `model.py`. Names that only begin alike, such as gpt-oss, have other encodings. */
const encodings: readonly (readonly [RegExp, Encoding])[] = [
  [/^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5|o1|o3|o4-mini)(-|\.|$)/, "o200k_base"],
  [/^(gpt-4|gpt-3\.5-turbo|gpt-35-turbo|text-embedding-3-(small|large)|text-embedding-ada-002)(-|$)/, "cl100k_base"],
];
