/** Spans as senders write them, for tests: the same spans as protobuf and as JSON. */
import { type AttributeValue, type Span } from "./span.ts";

export function encodeJson(spans: readonly Span[]): Buffer {
  const resourceSpans = spans.map((span) => ({
    resource: { attributes: jsonAttributes(span.resource) },
    scopeSpans: [
      {
        scope: { name: span.scope },
        spans: [
          {
            traceId: span.trace,
            spanId: span.span,
            ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
            name: span.name,
            kind: 3,
            startTimeUnixNano: nanosOf(span.startMs).toString(),
            endTimeUnixNano: nanosOf(span.endMs).toString(),
            attributes: jsonAttributes(span.attributes),
            status: span.isFailed ? { code: 2, message: "no" } : {},
          },
        ],
      },
    ],
  }));
  return Buffer.from(JSON.stringify({ resourceSpans }));
}

function jsonAttributes(attributes: Span["attributes"]) {
  return [...attributes].map(([key, value]) => ({ key, value: jsonValue(value) }));
}

function jsonValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "object") return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanosOf(ms: number | undefined): bigint {
  return ms === undefined ? 0n : BigInt(Math.round(ms * 1000)) * 1000n;
}

export function encodeProtobuf(spans: readonly Span[]): Buffer {
  return Buffer.concat(
    spans.map((span) =>
      sized(1, [
        sized(1, protobufAttributes(1, span.resource)),
        sized(2, [sized(1, [text(1, span.scope)]), sized(2, fieldsOf(span))]),
      ]),
    ),
  );
}

function fieldsOf(span: Span): readonly Buffer[] {
  return [
    sized(1, [Buffer.from(span.trace, "hex")]),
    sized(2, [Buffer.from(span.span, "hex")]),
    ...(span.parent === undefined ? [] : [sized(4, [Buffer.from(span.parent, "hex")])]),
    text(5, span.name),
    fixed64(7, nanosOf(span.startMs)),
    fixed64(8, nanosOf(span.endMs)),
    ...protobufAttributes(9, span.attributes),
    sized(15, span.isFailed ? [text(2, "no"), tagged(3, 0), varint(2)] : []),
  ];
}

function protobufAttributes(field: number, attributes: Span["attributes"]): readonly Buffer[] {
  return [...attributes].map(([key, value]) => sized(field, [text(1, key), sized(2, protobufValue(value))]));
}

function protobufValue(value: AttributeValue): readonly Buffer[] {
  if (typeof value === "string") return [text(1, value)];
  if (typeof value === "boolean") return [tagged(2, 0), varint(value ? 1 : 0)];
  if (typeof value === "object")
    return [
      sized(
        5,
        value.map((each) => sized(1, [text(1, each)])),
      ),
    ];
  if (Number.isInteger(value)) return [tagged(3, 0), varint(value)];
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [tagged(4, 1), bytes];
}

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([tagged(field, 1), bytes]);
}

function text(field: number, value: string): Buffer {
  return sized(field, [Buffer.from(value)]);
}

function sized(field: number, parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([tagged(field, 2), varint(bytes.length), bytes]);
}

function tagged(field: number, wireType: number): Buffer {
  return varint((field << 3) | wireType);
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest % 0x80n) + 0x80);
    rest /= 0x80n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
