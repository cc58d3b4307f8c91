import { type OutgoingMetric, type OutgoingSpan, type Source, type Window } from "./outgoing.ts";

/** One of OTLP's two encodings. Spans are encoded as they come, so that what waits is bounded in bytes. */
export interface Encoding {
  readonly mediaType: string;
  span(span: OutgoingSpan): Buffer;
  /** The body of spans that were encoded before. */
  traces(spans: readonly Buffer[], source: Source): Buffer;
  metrics(metrics: readonly OutgoingMetric[], said: { readonly source: Source; readonly window: Window }): Buffer;
  /** How many of an export the receiver did not take though it took the others; 0 where it does not say. */
  rejected(answer: Buffer): number;
}

export const spanKinds = { internal: 1, server: 2, client: 3 } as const;
export const STATUS_ERROR = 2;
export const CUMULATIVE = 2;
