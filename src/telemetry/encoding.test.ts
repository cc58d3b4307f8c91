import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readExport } from "../../e2e/harness/otlp-collector.ts";
import { json } from "./encode-json.ts";
import { protobuf } from "./encode-protobuf.ts";
import { type AttributeValue, type OutgoingMetric, type OutgoingSpan, toNanos } from "./outgoing.ts";

const source = { resource: { "service.name": 'te"[]}]}]}st' }, version: "1.2.3" };
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));
/** Some longer than what the writer has room for at first. */
const words = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 40_000 }).map((length) => "ü".repeat(length)) },
);
const anyValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  words,
  fc.boolean(),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
);
const attributes = fc.dictionary(fc.stringMatching(/^[a-z][a-z._]{0,20}$/), anyValue, { maxKeys: 8 });
const anySpan: fc.Arbitrary<OutgoingSpan> = fc.record({
  trace: hex(32),
  span: hex(16),
  parent: fc.option(hex(16), { nil: undefined }),
  name: words,
  kind: fc.constantFrom("internal", "server", "client"),
  startMs: fc.integer({ min: 0, max: 4e12 }),
  endMs: fc.integer({ min: 0, max: 4e12 }).map((ms) => ms + 0.25),
  isFailed: fc.boolean(),
  attributes,
});
const kinds = { internal: 1, server: 2, client: 3 } as const;

describe.each([
  ["protobuf", protobuf()],
  ["json", json],
] as const)("%s", (_, encoding) => {
  const read = (body: Buffer, path: string) => readExport(body, { path, mediaType: encoding.mediaType });

  it("says of every span what it is", () => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 5 }), (spans) => {
        const body = encoding.traces(
          spans.map((span) => encoding.span(span)),
          source,
        );
        const { spans: told, resource } = read(body, "/v1/traces");
        expect(resource).toEqual(source.resource);
        expect(told).toEqual(
          spans.map((span) => ({
            traceId: span.trace,
            spanId: span.span,
            parentSpanId: span.parent ?? "",
            name: span.name,
            kind: kinds[span.kind],
            startNanos: BigInt(span.startMs) * 1_000_000n,
            endNanos: toNanos(span.endMs),
            statusCode: span.isFailed ? 2 : 0,
            attributes: { ...span.attributes },
          })),
        );
      }),
    );
  });

  it("says of every metric what it counted", () => {
    const bounds = [0.5, 1, 2.5];
    const point = { attributes: { model: "m" }, count: 6, sum: 7.25, buckets: [1, 2, 0, 3] };
    const metrics: readonly OutgoingMetric[] = [
      { type: "histogram", name: "h", says: "words", unit: "s", bounds, points: [point] },
      {
        type: "sum",
        name: "s",
        says: "words",
        unit: "n{USD}",
        isMonotonic: false,
        points: [{ attributes: {}, total: -5n }],
      },
      {
        type: "sum",
        name: "t",
        says: "words",
        unit: "1",
        isMonotonic: true,
        points: [{ attributes: {}, total: 2n ** 62n }],
      },
    ];
    const { points } = read(encoding.metrics(metrics, { source, window: { startMs: 1, nowMs: 2 } }), "/v1/metrics");
    expect(points).toMatchObject([
      {
        metric: "h",
        unit: "s",
        temporality: 2,
        startNanos: 1_000_000n,
        count: 6n,
        sum: 7.25,
        bounds,
        buckets: [1n, 2n, 0n, 3n],
        attributes: { model: "m" },
      },
      { metric: "s", value: -5n, isMonotonic: false, temporality: 2 },
      { metric: "t", value: 2n ** 62n, isMonotonic: true },
    ]);
  });

  it("reads how many were rejected, and takes any other answer for none", () => {
    const answers =
      encoding === json
        ? ['{"partialSuccess":{"rejectedSpans":"300"}}', '{"partialSuccess":{"rejectedDataPoints":300}}']
        : ["\x0a\x05\x08\xac\x02\x12\x00", "\x0a\x03\x08\xac\x02"];
    for (const answer of answers) expect(encoding.rejected(Buffer.from(answer, "latin1"))).toBe(300);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => Number.isInteger(encoding.rejected(Buffer.from(bytes)))),
    );
    for (const answer of ["", "ok", "{}", "\x0a", "\x0a\x02\x08"])
      expect(encoding.rejected(Buffer.from(answer, "latin1"))).toBe(0);
  });
});
