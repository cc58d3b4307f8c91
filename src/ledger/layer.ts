import { type Layer } from "#events";
import { type Purpose, type StepKind } from "#inference";

interface Layered {
  readonly kind: StepKind | "bill";
  readonly purpose: Purpose;
  readonly delivered: "full" | "partial" | "none";
  /** A bill says itself which layer it is of. */
  readonly bill?: { readonly layer: Layer } | undefined;
}

/** Purposes of attempts whose full delivery is what the client came for. */
const netPurposes: ReadonlySet<Purpose> = new Set(["answer", "retry", "fallback", "hedge", "client_retry"]);

/** Net is what a client got; everything else is tare. */
export function isNet({ kind, purpose, delivered }: Layered): boolean {
  return kind === "model" && delivered === "full" && netPurposes.has(purpose);
}

const layerOfPurpose: { readonly [Name in Purpose]: Layer } = {
  answer: "model answers",
  batch: "model answers",
  retry: "retries and fallbacks",
  fallback: "retries and fallbacks",
  hedge: "retries and fallbacks",
  client_retry: "retries and fallbacks",
  guard: "guardrails and validation",
  judge: "evaluation",
  suite: "evaluation",
  explain: "evaluation",
  embedding: "retrieval and embeddings",
  shadow: "model churn",
};

/** The layer of work that is no model call, whatever its purpose. */
const layerOfKind: { readonly [Name in StepKind | "bill"]: Layer | undefined } = {
  model: undefined,
  bill: undefined,
  embedding: "retrieval and embeddings",
  rerank: "retrieval and embeddings",
  retrieval: "retrieval and embeddings",
  tool: "tools",
  guard: "guardrails and validation",
  judge: "evaluation",
  review: "human review",
  cache: "observability and storage",
  custom: "tools",
  compute: "GPUs and serving",
  idle: "idle and cold starts",
  pipeline: "data pipelines",
  storage: "observability and storage",
  compliance: "compliance",
  engineering: "people and engineering",
  edge: "edge fleet",
};

/** One layer for each entry: a delivered retry is the answer, and an answer that was not delivered had to be made again. */
export function layerOf(entry: Layered): Layer {
  if (entry.bill !== undefined) return entry.bill.layer;
  if (isNet(entry)) return "model answers";
  const ofKind = layerOfKind[entry.kind];
  if (ofKind !== undefined) return ofKind;
  // A hedge that did not win was paid for the sake of being sure.
  if (entry.purpose === "hedge") return "redundancy";
  return entry.purpose === "answer" ? "retries and fallbacks" : layerOfPurpose[entry.purpose];
}
