import { CUMULATIVE, type Encoding, spanKinds, STATUS_ERROR } from "./encoding.ts";
import { type Attributes, type AttributeValue, type HistogramPoint, type OutgoingMetric } from "./outgoing.ts";
import { type OutgoingSpan, SCOPE, type Source, toNanos, type Window } from "./outgoing.ts";
import { double, fixed64, integer, message, packedDoubles, packedFixed64, text } from "./wire-writer.ts";

/** Field numbers are those of opentelemetry-proto 1.x: trace.proto, metrics.proto, common.proto. */
export const protobuf: Encoding = {
  mediaType: "application/x-protobuf",
  span: encodeSpan,
  traces: (spans, source) =>
    message(1, [resource(source), message(2, [scope(source), ...spans.map((span) => message(2, [span]))])]),
  metrics: (metrics, { source, window }) =>
    message(1, [
      resource(source),
      message(2, [scope(source), ...metrics.map((metric) => message(2, encodeMetric(metric, window)))]),
    ]),
  rejected: readRejected,
};

function encodeSpan(span: OutgoingSpan): Buffer {
  return Buffer.concat([
    message(1, [Buffer.from(span.trace, "hex")]),
    message(2, [Buffer.from(span.span, "hex")]),
    ...(span.parent === undefined ? [] : [message(4, [Buffer.from(span.parent, "hex")])]),
    text(5, span.name),
    integer(6, BigInt(spanKinds[span.kind])),
    fixed64(7, toNanos(span.startMs)),
    fixed64(8, toNanos(span.endMs)),
    ...attributesIn(9, span.attributes),
    ...(span.isFailed ? [message(15, [integer(3, BigInt(STATUS_ERROR))])] : []),
  ]);
}

function resource({ resource: attributes }: Source): Buffer {
  return message(1, attributesIn(1, attributes));
}

function scope({ version }: Source): Buffer {
  return message(1, [text(1, SCOPE), text(2, version)]);
}

function encodeMetric(metric: OutgoingMetric, window: Window): readonly Buffer[] {
  const named = [text(1, metric.name), text(2, metric.says), text(3, metric.unit)];
  if (metric.type === "histogram") {
    const points = metric.points.map((point) => message(1, histogramPoint(point, { bounds: metric.bounds, window })));
    return [...named, message(9, [...points, integer(2, BigInt(CUMULATIVE))])];
  }
  const points = metric.points.map(({ attributes, total }) =>
    message(1, [...timesOf(window), fixed64(6, total), ...attributesIn(7, attributes)]),
  );
  return [...named, message(7, [...points, integer(2, BigInt(CUMULATIVE)), integer(3, metric.isMonotonic ? 1n : 0n)])];
}

function histogramPoint(
  { attributes, count, sum, buckets }: HistogramPoint,
  { bounds, window }: { readonly bounds: readonly number[]; readonly window: Window },
): readonly Buffer[] {
  return [
    ...timesOf(window),
    fixed64(4, BigInt(count)),
    double(5, sum),
    packedFixed64(6, buckets.map(BigInt)),
    packedDoubles(7, bounds),
    ...attributesIn(9, attributes),
  ];
}

function timesOf({ startMs, nowMs }: Window): readonly Buffer[] {
  return [fixed64(2, toNanos(startMs)), fixed64(3, toNanos(nowMs))];
}

function attributesIn(field: number, attributes: Attributes): readonly Buffer[] {
  return Object.entries(attributes).map(([name, value]) =>
    message(field, [text(1, name), message(2, [valueOf(value)])]),
  );
}

function valueOf(value: AttributeValue): Buffer {
  switch (typeof value) {
    case "string":
      return text(1, value);
    case "boolean":
      return integer(2, value ? 1n : 0n);
    case "bigint":
      return integer(3, value);
    default:
      return double(4, value);
  }
}

/** `partial_success` is field 1 of the answer, and the number field 1 of that, for traces and metrics alike. */
function readRejected(answer: Buffer): number {
  const outer = readField(answer);
  if (outer?.tag !== 0x0a) return 0;
  const length = readVarint(answer, outer.next);
  if (length === undefined) return 0;
  const inner = answer.subarray(length.next, length.next + length.value);
  const field = readField(inner);
  return field?.tag === 0x08 ? (readVarint(inner, field.next)?.value ?? 0) : 0;
}

function readField(bytes: Buffer): { readonly tag: number; readonly next: number } | undefined {
  const tag = bytes[0];
  return tag === undefined ? undefined : { tag, next: 1 };
}

/** Undefined where it does not end, or is larger than any count of ours. */
function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let place = 0; place < 5; place += 1) {
    const byte = bytes[from + place];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return { value, next: from + place + 1 };
  }
  return undefined;
}
