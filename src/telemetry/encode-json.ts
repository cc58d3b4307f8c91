import { z } from "zod";
import { CUMULATIVE, type Encoding, spanKinds, STATUS_ERROR } from "./encoding.ts";
import { type Attributes, type AttributeValue, type OutgoingMetric, type OutgoingSpan } from "./outgoing.ts";
import { SCOPE, type Source, toNanos, type Window } from "./outgoing.ts";

/** OTLP's JSON: ids in hex, 64-bit integers as text, enumerations as numbers. */
export const json: Encoding = {
  mediaType: "application/json",
  span: (span) => Buffer.from(JSON.stringify(jsonSpan(span))),
  traces(spans, source) {
    const [said, by] = [JSON.stringify(resource(source)), JSON.stringify(scope(source))];
    const commas = spans.flatMap((span, index) => (index === 0 ? [span] : [COMMA, span]));
    const before = `{"resourceSpans":[{"resource":${said},"scopeSpans":[{"scope":${by},"spans":[`;
    return Buffer.concat([Buffer.from(before), ...commas, Buffer.from("]}]}]}")]);
  },
  metrics(metrics, { source, window }) {
    const scopeMetrics = [{ scope: scope(source), metrics: metrics.map((metric) => jsonMetric(metric, window)) }];
    return Buffer.from(JSON.stringify({ resourceMetrics: [{ resource: resource(source), scopeMetrics }] }));
  },
  rejected: readRejected,
};

const COMMA = Buffer.from(",");

function jsonSpan(span: OutgoingSpan): object {
  return {
    traceId: span.trace,
    spanId: span.span,
    ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
    name: span.name,
    kind: spanKinds[span.kind],
    startTimeUnixNano: String(toNanos(span.startMs)),
    endTimeUnixNano: String(toNanos(span.endMs)),
    attributes: jsonAttributes(span.attributes),
    status: span.isFailed ? { code: STATUS_ERROR } : {},
  };
}

function resource({ resource: attributes }: Source): object {
  return { attributes: jsonAttributes(attributes) };
}

function scope({ version }: Source): object {
  return { name: SCOPE, version };
}

function jsonMetric(metric: OutgoingMetric, { startMs, nowMs }: Window): object {
  const times = { startTimeUnixNano: String(toNanos(startMs)), timeUnixNano: String(toNanos(nowMs)) };
  const named = { name: metric.name, description: metric.says, unit: metric.unit };
  if (metric.type === "histogram") {
    const dataPoints = metric.points.map(({ attributes, count, sum, buckets }) => ({
      attributes: jsonAttributes(attributes),
      ...times,
      count: String(count),
      sum,
      bucketCounts: buckets.map(String),
      explicitBounds: metric.bounds,
    }));
    return { ...named, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
  }
  const dataPoints = metric.points.map(({ attributes, total }) => ({
    attributes: jsonAttributes(attributes),
    ...times,
    asInt: String(total),
  }));
  return { ...named, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: metric.isMonotonic } };
}

function jsonAttributes(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));
}

function jsonValue(value: AttributeValue): object {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: String(value) };
    default:
      return { doubleValue: value };
  }
}

const Count = z.union([z.string().regex(/^\d{1,9}$/), z.int().nonnegative()]).transform(Number);
const Answer = z.looseObject({
  partialSuccess: z.looseObject({ rejectedSpans: Count.nullish(), rejectedDataPoints: Count.nullish() }).nullish(),
});

function readRejected(answer: Buffer): number {
  const read = Answer.safeParse(parsed(answer.toString("utf8")));
  const partial = read.success ? read.data.partialSuccess : undefined;
  return partial?.rejectedSpans ?? partial?.rejectedDataPoints ?? 0;
}

/** Receivers may answer with an empty body, or with words for people; neither says that something was rejected. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
