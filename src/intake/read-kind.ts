import { type Span } from "./span.ts";
import { type KindRule, type SpanKind } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import { ownNames } from "./wanted.ts";

const rules: readonly KindRule[] = dialects.flatMap(({ kinds }) => kinds);

/** Databases whose queries are the retrieval of an answer's context. */
const vectorDatabases: ReadonlySet<unknown> = new Set([
  "pinecone",
  "qdrant",
  "weaviate",
  "milvus",
  "chroma",
  "chromadb",
  "lancedb",
  "marqo",
]);

/** What the span is in the first dialect that says so; undefined for work that has nothing to do with models. */
export function readKind({ attributes }: Span): SpanKind | undefined {
  for (const { key, kinds } of rules) {
    const value = attributes.get(key);
    if (typeof value !== "string") continue;
    const kind = kindOf(kinds, value);
    if (kind !== undefined) return kind;
  }
  const isVectorQuery = ownNames.databaseSystems.some((name) => vectorDatabases.has(attributes.get(name)));
  return isVectorQuery ? "retrieval" : undefined;
}

function kindOf(kinds: KindRule["kinds"], value: string): SpanKind | undefined {
  const exact = Object.hasOwn(kinds, value) ? kinds[value] : undefined;
  if (exact !== undefined) return exact;
  const dot = value.indexOf(".");
  return dot === -1 ? undefined : kinds[`${value.slice(0, dot)}.*`];
}
