import { CUMULATIVE, type Encoding, spanKinds, STATUS_ERROR } from "./encoding.ts";
import { type Attributes, type AttributeValue, type HistogramPoint, type OutgoingMetric } from "./outgoing.ts";
import { type OutgoingSpan, SCOPE, type Source, toNanos, type Window } from "./outgoing.ts";
import { WireWriter } from "./wire-writer.ts";

/** Field numbers are those of opentelemetry-proto 1.x: trace.proto, metrics.proto, common.proto. */
export function protobuf(): Encoding {
  const writer = new WireWriter();
  return {
    mediaType: "application/x-protobuf",
    span(span) {
      writeSpan(writer, span);
      return writer.take();
    },
    traces: (spans, source) =>
      enveloped(writer, source, () => {
        for (const span of spans.toReversed()) writer.bytes(2, span);
      }),
    metrics: (metrics, { source, window }) =>
      enveloped(writer, source, () => {
        for (const metric of metrics.toReversed()) writer.message(2, () => writeMetric(writer, metric, window));
      }),
    rejected: readRejected,
  };
}

/** One resource and one scope around all: traces and metrics have the same numbers for them. */
function enveloped(writer: WireWriter, { resource, version }: Source, write: () => void): Buffer {
  writer.message(1, () => {
    writer.message(2, () => {
      write();
      writer.message(1, () => {
        writer.text(2, version);
        writer.text(1, SCOPE);
      });
    });
    writer.message(1, () => writeAttributes(writer, 1, resource));
  });
  return writer.take();
}

function writeSpan(writer: WireWriter, span: OutgoingSpan): void {
  if (span.isFailed) writer.message(15, () => writer.integer(3, BigInt(STATUS_ERROR)));
  writeAttributes(writer, 9, span.attributes);
  writer.fixed64(8, toNanos(span.endMs));
  writer.fixed64(7, toNanos(span.startMs));
  writer.integer(6, BigInt(spanKinds[span.kind]));
  writer.text(5, span.name);
  if (span.parent !== undefined) writer.bytes(4, Buffer.from(span.parent, "hex"));
  writer.bytes(2, Buffer.from(span.span, "hex"));
  writer.bytes(1, Buffer.from(span.trace, "hex"));
}

function writeMetric(writer: WireWriter, metric: OutgoingMetric, window: Window): void {
  if (metric.type === "histogram") {
    writer.message(9, () => {
      writer.integer(2, BigInt(CUMULATIVE));
      for (const point of metric.points.toReversed())
        writer.message(1, () => writeHistogram(writer, point, { bounds: metric.bounds, window }));
    });
  } else {
    writer.message(7, () => {
      writer.integer(3, metric.isMonotonic ? 1n : 0n);
      writer.integer(2, BigInt(CUMULATIVE));
      for (const { attributes, total } of metric.points.toReversed())
        writer.message(1, () => {
          writeAttributes(writer, 7, attributes);
          writer.fixed64(6, total);
          writeTimes(writer, window);
        });
    });
  }
  writer.text(3, metric.unit);
  writer.text(2, metric.says);
  writer.text(1, metric.name);
}

function writeHistogram(
  writer: WireWriter,
  { attributes, count, sum, buckets }: HistogramPoint,
  { bounds, window }: { readonly bounds: readonly number[]; readonly window: Window },
): void {
  writeAttributes(writer, 9, attributes);
  writer.packedDoubles(7, bounds);
  writer.packedFixed64(6, buckets.map(BigInt));
  writer.double(5, sum);
  writer.fixed64(4, BigInt(count));
  writeTimes(writer, window);
}

function writeTimes(writer: WireWriter, { startMs, nowMs }: Window): void {
  writer.fixed64(3, toNanos(nowMs));
  writer.fixed64(2, toNanos(startMs));
}

function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes).toReversed())
    writer.message(field, () => {
      writer.message(2, () => writeValue(writer, value));
      writer.text(1, name);
    });
}

function writeValue(writer: WireWriter, value: AttributeValue): void {
  switch (typeof value) {
    case "string":
      return writer.text(1, value);
    case "boolean":
      return writer.integer(2, value ? 1n : 0n);
    case "bigint":
      return writer.integer(3, value);
    default:
      return writer.double(4, value);
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
