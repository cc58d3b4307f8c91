/** Stands in for an OpenTelemetry collector: takes spans and metrics in both encodings, and keeps what it understood. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";

export type CollectedValue = string | number | boolean | bigint;

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, CollectedValue>>;
}

export interface CollectedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly isMonotonic: boolean;
  readonly temporality: number;
  readonly startNanos: bigint;
  readonly attributes: Readonly<Record<string, CollectedValue>>;
  readonly count: bigint;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly bigint[];
  readonly value: bigint;
}

export interface CollectedExport {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Unpacked, as text of its bytes. */
  readonly bytes: string;
  readonly at: number;
}

export class OtlpCollector {
  readonly exports: CollectedExport[] = [];
  readonly spans: CollectedSpan[] = [];
  /** Of the newest export that was taken: metrics are cumulative. */
  points: readonly CollectedPoint[] = [];
  resource: Readonly<Record<string, CollectedValue>> = {};
  port = 0;
  /** True when it has answered by itself, and takes nothing. */
  refuse: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** The body of what is taken. */
  answer: Buffer = Buffer.alloc(0);
  readonly #server = createServer((request, response) => this.#hear(request, response));

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => void this.#server.listen(this.port, "127.0.0.1", done));
    const address = this.#server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((done) => void this.#server.close(() => done()));
  }

  #hear(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const packed = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(packed) : packed;
      const { url: path = "", headers } = request;
      this.exports.push({ path, headers, bytes: body.toString("latin1"), at: performance.now() });
      if (this.refuse(request, response)) return;
      this.#take(readExport(body, { path, mediaType: headers["content-type"] }));
      response.writeHead(200, { "content-type": headers["content-type"] }).end(this.answer);
    });
  }

  #take({ resource: said, spans, points }: ReadExport): void {
    this.resource = said;
    this.spans.push(...spans);
    if (points.length > 0) this.points = points;
  }
}

export interface ReadExport {
  readonly resource: Readonly<Record<string, CollectedValue>>;
  readonly spans: readonly CollectedSpan[];
  readonly points: readonly CollectedPoint[];
}

/** `path` says of which signal it is, as it does to a collector. Throws at what OTLP does not have. */
export function readExport(
  body: Buffer,
  { path, mediaType }: { readonly path: string; readonly mediaType: string | undefined },
): ReadExport {
  const message = mediaType === "application/json" ? fromJson(body) : fromProtobuf(body, path);
  const of = list(message[path.endsWith("/v1/traces") ? "resourceSpans" : "resourceMetrics"]);
  const scopes = of.flatMap((each) => list(each["scopeSpans"] ?? each["scopeMetrics"]));
  return {
    resource: attributesOf(record(of[0]?.["resource"])),
    spans: scopes.flatMap((each) => list(each["spans"]).map(toSpan)),
    points: scopes.flatMap((each) => list(each["metrics"])).flatMap(toPoints),
  };
}

type Message = Readonly<Record<string, unknown>>;

function toSpan(span: Message): CollectedSpan {
  return {
    traceId: String(span["traceId"]),
    spanId: String(span["spanId"]),
    parentSpanId: (span["parentSpanId"] ?? "") as string,
    name: String(span["name"]),
    kind: Number(span["kind"]),
    startNanos: integer(span["startTimeUnixNano"]),
    endNanos: integer(span["endTimeUnixNano"]),
    statusCode: Number(record(span["status"])["code"] ?? 0),
    attributes: attributesOf(span),
  };
}

function toPoints(metric: Message): readonly CollectedPoint[] {
  const shape = record(metric["histogram"] ?? metric["sum"]);
  return list(shape["dataPoints"]).map((point) => ({
    metric: String(metric["name"]),
    unit: String(metric["unit"]),
    isMonotonic: Boolean(shape["isMonotonic"]),
    temporality: Number(shape["aggregationTemporality"]),
    startNanos: integer(point["startTimeUnixNano"]),
    attributes: attributesOf(point),
    count: integer(point["count"] ?? 0),
    sum: Number(point["sum"] ?? 0),
    bounds: (point["explicitBounds"] ?? []) as readonly number[],
    buckets: ((point["bucketCounts"] ?? []) as readonly unknown[]).map(integer),
    value: integer(point["asInt"] ?? 0),
  }));
}

function attributesOf(of: Message): Readonly<Record<string, CollectedValue>> {
  return Object.fromEntries(
    list(of["attributes"]).map((each) => [String(each["key"]), toValue(record(each["value"]))]),
  );
}

function toValue(value: Message): CollectedValue {
  if (value["intValue"] !== undefined) return integer(value["intValue"]);
  return (value["stringValue"] ?? value["boolValue"] ?? value["doubleValue"]) as CollectedValue;
}

function integer(value: unknown): bigint {
  return BigInt(value as string | number | bigint);
}

function list(value: unknown): readonly Message[] {
  return (value ?? []) as readonly Message[];
}

function record(value: unknown): Message {
  return (value ?? {}) as Message;
}

function fromJson(body: Buffer): Message {
  return JSON.parse(body.toString("utf8")) as Message;
}

type Kind = "text" | "hex" | "varint" | "bool" | "fixed64" | "sfixed64" | "double" | "fixed64s" | "doubles" | Schema;
/** By field number: the name in JSON, and what the field holds. Names that end in [] repeat. */
interface Schema {
  readonly [field: number]: readonly [name: string, kind: Kind];
}

// Field numbers of opentelemetry-proto v1.7.0: common, resource, trace and metrics.
const anyValue: Schema = {
  1: ["stringValue", "text"],
  2: ["boolValue", "bool"],
  3: ["intValue", "varint"],
  4: ["doubleValue", "double"],
};
const attribute: Schema = { 1: ["key", "text"], 2: ["value", anyValue] };
const resource: Schema = { 1: ["attributes[]", attribute] };
const scope: Schema = { 1: ["name", "text"], 2: ["version", "text"] };
const span: Schema = {
  1: ["traceId", "hex"],
  2: ["spanId", "hex"],
  4: ["parentSpanId", "hex"],
  5: ["name", "text"],
  6: ["kind", "varint"],
  7: ["startTimeUnixNano", "fixed64"],
  8: ["endTimeUnixNano", "fixed64"],
  9: ["attributes[]", attribute],
  15: ["status", { 2: ["message", "text"], 3: ["code", "varint"] }],
};
const number: Schema = {
  2: ["startTimeUnixNano", "fixed64"],
  3: ["timeUnixNano", "fixed64"],
  4: ["asDouble", "double"],
  6: ["asInt", "sfixed64"],
  7: ["attributes[]", attribute],
};
const histogram: Schema = {
  2: ["startTimeUnixNano", "fixed64"],
  3: ["timeUnixNano", "fixed64"],
  4: ["count", "fixed64"],
  5: ["sum", "double"],
  6: ["bucketCounts", "fixed64s"],
  7: ["explicitBounds", "doubles"],
  9: ["attributes[]", attribute],
};
const metric: Schema = {
  1: ["name", "text"],
  2: ["description", "text"],
  3: ["unit", "text"],
  7: ["sum", { 1: ["dataPoints[]", number], 2: ["aggregationTemporality", "varint"], 3: ["isMonotonic", "bool"] }],
  9: ["histogram", { 1: ["dataPoints[]", histogram], 2: ["aggregationTemporality", "varint"] }],
};
const traces: Schema = {
  1: [
    "resourceSpans[]",
    { 1: ["resource", resource], 2: ["scopeSpans[]", { 1: ["scope", scope], 2: ["spans[]", span] }] },
  ],
};
const metrics: Schema = {
  1: [
    "resourceMetrics[]",
    { 1: ["resource", resource], 2: ["scopeMetrics[]", { 1: ["scope", scope], 2: ["metrics[]", metric] }] },
  ],
};

function fromProtobuf(body: Buffer, path: string): Message {
  return decode(body, path.endsWith("/v1/traces") ? traces : metrics);
}

/** Throws at a field that the schema does not know: what nobody looks at would be what nobody tests. */
function decode(bytes: Buffer, schema: Schema): Message {
  const message: Record<string, unknown> = {};
  for (let at = 0; at < bytes.length;) {
    const tag = varint(bytes, at);
    const [wireType, field] = [Number(tag.value & 7n), schema[Number(tag.value >> 3n)]];
    if (field === undefined) throw new Error(`no field ${tag.value >> 3n} here`);
    const length = wireType === 2 ? varint(bytes, tag.next) : undefined;
    const from = length?.next ?? tag.next;
    const to =
      from + (length === undefined ? (wireType === 1 ? 8 : varint(bytes, from).next - from) : Number(length.value));
    const [name, kind] = field;
    const read = readField(bytes.subarray(from, to), kind);
    const plain = name.replace("[]", "");
    if (plain === name) message[name] = read;
    else message[plain] = [...list(message[plain]), read];
    at = to;
  }
  return message;
}

function readField(bytes: Buffer, kind: Kind): unknown {
  const eights = Array.from({ length: bytes.length / 8 }, (_, index) => index * 8);
  switch (kind) {
    case "text":
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    case "hex":
      return bytes.toString("hex");
    case "varint":
      return BigInt.asIntN(64, varint(bytes, 0).value);
    case "bool":
      return varint(bytes, 0).value === 1n;
    case "fixed64":
      return bytes.readBigUInt64LE();
    case "sfixed64":
      return bytes.readBigInt64LE();
    case "double":
      return bytes.readDoubleLE();
    case "fixed64s":
      return eights.map((at) => bytes.readBigUInt64LE(at));
    case "doubles":
      return eights.map((at) => bytes.readDoubleLE(at));
    default:
      return decode(bytes, kind);
  }
}

function varint(bytes: Buffer, from: number): { readonly value: bigint; readonly next: number } {
  let value = 0n;
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error("a number does not end");
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from));
    if (byte < 0x80) return { value, next: at + 1 };
  }
}
