/** Steps as spans of OTLP in JSON, which any Tare takes at `/v1/traces` with the keys of its data plane. */
export type StepKind =
  | "model"
  | "embedding"
  | "rerank"
  | "retrieval"
  | "tool"
  | "guard"
  | "judge"
  | "review"
  | "cache"
  | "custom"
  | "compute"
  | "idle"
  | "pipeline"
  | "storage"
  | "compliance"
  | "engineering"
  | "edge"
  /** Holds steps together and costs nothing of itself. */
  | "group";

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Span {
  readonly trace: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failure: string | undefined;
  readonly attributes: Attributes;
}

export function encodeSpans(spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [{ scopeSpans: [{ scope: { name: "tare-sdk" }, spans: spans.map(encodeSpan) }] }],
  });
}

const STATUS_ERROR = 2;

function encodeSpan({ trace, id, parent, name, startMs, endMs, failure, attributes }: Span): object {
  const told = failure === undefined ? attributes : { ...attributes, "error.type": failure };
  return {
    traceId: trace,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name: textOf(name),
    kind: 1,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: Object.entries(told).flatMap(([key, given]) => {
      const value = encode(given);
      return value === undefined ? [] : [{ key, value }];
    }),
    ...(failure === undefined ? {} : { status: { code: STATUS_ERROR } }),
  };
}

function nanos(ms: number): string {
  return (BigInt(Math.round(ms * 1000)) * 1000n).toString();
}

/** Programs without types give anything; one value that OTLP cannot carry would have all that is sent with it refused. */
function encode(value: unknown): object | undefined {
  if (typeof value === "string") return { stringValue: value.toWellFormed() };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") return { stringValue: value.toString() };
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function textOf(name: unknown): string {
  return typeof name === "string" ? name.toWellFormed() : "(none)";
}
