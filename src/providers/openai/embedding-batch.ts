import { type AskSource } from "../ask-source.ts";
import { type Batch } from "../wire-format.ts";

type Json = Readonly<Record<string, unknown>>;

/** An embedding request is a batch of texts, or of one; lists of token numbers are left as they are. */
export function readEmbeddingBatch({ endpoint, body }: AskSource): Batch | undefined {
  if (endpoint.operation !== "embedding") return undefined;
  const asked = parse(body);
  const input = asked?.["input"];
  const texts = typeof input === "string" ? [input] : input;
  if (asked === undefined || !isTexts(texts)) return undefined;
  return {
    items: texts,
    narrow: (places) => Buffer.from(JSON.stringify({ ...asked, input: places.map((place) => texts[place]) })),
    readItems,
    writeAnswer,
  };
}

/** One text of JSON for each item, in the order of the request; undefined when the answer has not one for each. */
function readItems(answer: Buffer, count: number): readonly string[] | undefined {
  const data = parse(answer)?.["data"];
  if (!Array.isArray(data) || data.length !== count) return undefined;
  const items: string[] = [];
  for (const datum of data) {
    if (!isObject(datum)) return undefined;
    const { index, embedding } = datum;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count) return undefined;
    if (items[index] !== undefined || !isVector(embedding)) return undefined;
    items[index] = JSON.stringify(embedding);
  }
  return items;
}

/** Numbers, or their bytes in base64; an empty one would be given again and again. */
function isVector(embedding: unknown): boolean {
  return (Array.isArray(embedding) || typeof embedding === "string") && embedding.length > 0;
}

/** `made`: the answer that made some of the items now; its usage is what was paid for. */
function writeAnswer(
  items: readonly string[],
  made: { readonly model: string; readonly answer: Buffer | undefined },
): Buffer {
  const answer = made.answer === undefined ? undefined : parse(made.answer);
  const model = answer?.["model"] ?? made.model;
  const usage = answer?.["usage"] ?? { prompt_tokens: 0, total_tokens: 0 };
  const data = items.map((item, index) => `{"object":"embedding","index":${index},"embedding":${item}}`).join(",");
  return Buffer.from(
    `{"object":"list","data":[${data}],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`,
  );
}

function parse(bytes: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}
