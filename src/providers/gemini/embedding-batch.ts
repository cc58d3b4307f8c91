import { parsedAnswer } from "../held-answer.ts";
import { objectsIn } from "../json-values.ts";
import { isObject } from "../usage-counts.ts";
import { type AskSource } from "../ask-source.ts";
import { type Batch } from "../wire-format.ts";

/** Google's SDK embeds one text in a batch of one, and several in one of several: each could have been asked for alone. */
export function readEmbeddingBatch({ endpoint, body }: AskSource): Batch | undefined {
  if (!endpoint.path.endsWith(":batchEmbedContents")) return undefined;
  const asked = parsedAnswer(body);
  const requests = isObject(asked) ? asked["requests"] : undefined;
  if (!isObject(asked) || !Array.isArray(requests) || requests.length === 0) return undefined;
  return {
    items: requests.map((request) => JSON.stringify(request)),
    narrow: (places) => Buffer.from(JSON.stringify({ ...asked, requests: places.map((place) => requests[place]) })),
    readItems,
    writeAnswer: (items, { answer }) => writeAnswer(items, answer),
  };
}

function readItems(answer: Buffer, count: number): readonly string[] | undefined {
  const parsed = parsedAnswer(answer);
  const embeddings = isObject(parsed) ? objectsIn(parsed, "embeddings") : [];
  const isWhole =
    embeddings.length === count && embeddings.every(({ values }) => Array.isArray(values) && values.length > 0);
  return isWhole ? embeddings.map((embedding) => JSON.stringify(embedding)) : undefined;
}

/** Whatever else the answer of those made now says is theirs, and goes on. */
function writeAnswer(items: readonly string[], answer: Buffer | undefined): Buffer {
  const made = answer === undefined ? undefined : parsedAnswer(answer);
  const { embeddings: _, ...rest } = isObject(made) ? made : {};
  const others = Object.entries(rest).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return Buffer.from(`{"embeddings":[${items.join(",")}]${others.join("")}}`);
}
