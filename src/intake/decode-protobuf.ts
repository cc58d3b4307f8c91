/** `ExportTraceServiceRequest` of OTLP as protobuf. Field numbers: opentelemetry-proto, trace/v1 and common/v1. */
import { err, ok, type Result } from "#std";
import {
  ATTRIBUTES_MAX,
  type Attributes,
  type AttributeValue,
  NAME_CHARACTERS_MAX,
  type ReadSpans,
  type Span,
  SPANS_MAX,
  type UnreadableBody,
  VALUE_BYTES_MAX,
} from "./span.ts";
import { SpanCollector } from "./span-collector.ts";
import { wantedNames } from "./wanted.ts";
import { WireError, WireReader } from "./wire-reader.ts";

const LENGTH_DELIMITED = 2;
const field = (number: number, wireType: number) => (number << 3) | wireType;

const RESOURCE_SPANS = field(1, LENGTH_DELIMITED);
const RESOURCE = field(1, LENGTH_DELIMITED);
const SCOPE_SPANS = field(2, LENGTH_DELIMITED);
const SCOPE = field(1, LENGTH_DELIMITED);
const SPANS = field(2, LENGTH_DELIMITED);
const RESOURCE_ATTRIBUTES = field(1, LENGTH_DELIMITED);
const SCOPE_NAME = field(1, LENGTH_DELIMITED);

export function decodeProtobuf(body: Buffer): Result<ReadSpans, UnreadableBody> {
  const collector = new SpanCollector();
  try {
    const request = new WireReader(body);
    for (let tag = request.next(); tag !== 0; tag = request.next()) {
      if (tag === RESOURCE_SPANS) readResourceSpans(request.message(), collector);
      else request.skip(tag);
      if (collector.count > SPANS_MAX)
        return err({ type: "unreadable", code: "too_many_spans", detail: `more than ${SPANS_MAX} spans` });
    }
    return ok(collector.read());
  } catch (thrown) {
    if (thrown instanceof WireError)
      return err({ type: "unreadable", code: "invalid_protobuf", detail: thrown.message });
    throw thrown;
  }
}

const nothing: Attributes = new Map();

function readResourceSpans(message: WireReader, collector: SpanCollector): void {
  let resource = nothing;
  const scopes: WireReader[] = [];
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === RESOURCE) resource = readResource(message.message());
    else if (tag === SCOPE_SPANS) scopes.push(message.message());
    else message.skip(tag);
  }
  // The resource may stand behind what it is the resource of.
  for (const scope of scopes) readScopeSpans(scope, resource, collector);
}

function readResource(message: WireReader): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === RESOURCE_ATTRIBUTES) readAttribute(message, attributes);
    else message.skip(tag);
  }
  return attributes;
}

function readScopeSpans(message: WireReader, resource: Attributes, collector: SpanCollector): void {
  let scope = "";
  const spans: WireReader[] = [];
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === SCOPE) scope = readScope(message.message());
    else if (tag === SPANS) {
      spans.push(message.message());
      if (spans.length + collector.count > SPANS_MAX) break;
    } else message.skip(tag);
  }
  for (const span of spans) collector.add(readSpan(span, { scope, resource }));
}

function readScope(message: WireReader): string {
  let name = "";
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === SCOPE_NAME) name = message.textStart(NAME_CHARACTERS_MAX);
    else message.skip(tag);
  }
  return name;
}

const TRACE_ID = field(1, LENGTH_DELIMITED);
const SPAN_ID = field(2, LENGTH_DELIMITED);
const PARENT_ID = field(4, LENGTH_DELIMITED);
const NAME = field(5, LENGTH_DELIMITED);
const START = field(7, 1);
const END = field(8, 1);
const ATTRIBUTES = field(9, LENGTH_DELIMITED);
const STATUS = field(15, LENGTH_DELIMITED);
const STATUS_CODE = field(3, 0);
const STATUS_ERROR = 2;

function readSpan(message: WireReader, around: Pick<Span, "scope" | "resource">): Span {
  const attributes = new Map<string, AttributeValue>();
  const said = { trace: "", span: "", parent: "", name: "", start: 0, end: 0, isFailed: false };
  let seen = 0;
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === ATTRIBUTES && seen < ATTRIBUTES_MAX) {
      seen += 1;
      readAttribute(message, attributes);
    } else if (tag === TRACE_ID) said.trace = message.repeatedHex();
    else if (tag === SPAN_ID) said.span = message.hex();
    else if (tag === PARENT_ID) said.parent = message.repeatedHex();
    else if (tag === NAME) said.name = message.textStart(NAME_CHARACTERS_MAX);
    else if (tag === START) said.start = message.microsOfNanos();
    else if (tag === END) said.end = message.microsOfNanos();
    else if (tag === STATUS) said.isFailed = readStatus(message.message()) === STATUS_ERROR;
    else message.skip(tag);
  }
  return {
    trace: said.trace,
    span: said.span,
    parent: said.parent === "" ? undefined : said.parent,
    name: said.name,
    startMs: epochMs(said.start),
    endMs: epochMs(said.end),
    isFailed: said.isFailed,
    scope: around.scope,
    attributes,
    resource: around.resource,
  };
}

function readStatus(message: WireReader): number {
  let code = 0;
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === STATUS_CODE) code = message.varint();
    else message.skip(tag);
  }
  return code;
}

/** 0 is how protobuf says nothing. */
function epochMs(micros: number): number | undefined {
  return micros === 0 ? undefined : micros / 1000;
}

const KEY = field(1, LENGTH_DELIMITED);
const VALUE = field(2, LENGTH_DELIMITED);

/** The name comes before the value in every encoder; what nobody wants is passed over unread. */
function readAttribute(message: WireReader, into: Map<string, AttributeValue>): void {
  const outer = message.enter();
  let key: string | undefined;
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === KEY) {
      key = message.nameIn(wantedNames);
      if (key === undefined) break;
    } else if (tag === VALUE && key !== undefined) {
      const value = readValue(message);
      if (value !== undefined) into.set(key, value);
    } else message.skip(tag);
  }
  message.leave(outer);
}

const STRING_VALUE = field(1, LENGTH_DELIMITED);
const BOOL_VALUE = field(2, 0);
const INT_VALUE = field(3, 0);
const DOUBLE_VALUE = field(4, 1);
const ARRAY_VALUE = field(5, LENGTH_DELIMITED);

function readValue(message: WireReader): AttributeValue | undefined {
  const outer = message.enter();
  let value: AttributeValue | undefined;
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag === STRING_VALUE) value = message.textUpTo(VALUE_BYTES_MAX);
    else if (tag === BOOL_VALUE) value = message.varint() !== 0;
    else if (tag === INT_VALUE) value = message.signed();
    else if (tag === DOUBLE_VALUE) value = message.double();
    else if (tag === ARRAY_VALUE) value = readTexts(message);
    else message.skip(tag);
  }
  message.leave(outer);
  return value;
}

const ARRAY_VALUES = field(1, LENGTH_DELIMITED);
const TEXTS_MAX = 64;

function readTexts(message: WireReader): readonly string[] {
  const outer = message.enter();
  const texts: string[] = [];
  for (let tag = message.next(); tag !== 0; tag = message.next()) {
    if (tag !== ARRAY_VALUES || texts.length >= TEXTS_MAX) {
      message.skip(tag);
      continue;
    }
    const value = readValue(message);
    if (typeof value === "string") texts.push(value);
  }
  message.leave(outer);
  return texts;
}
