/** What OTLP says back: everything taken, or how many spans were rejected and why, or a warning about none; 2xx in all cases. */
import { isJson } from "./read-traces.ts";
import { type ReadSpans } from "./span.ts";

export interface TracesAnswer {
  readonly mediaType: string;
  readonly body: Buffer;
}

export function answerTraces(
  mediaType: string | undefined,
  { rejected, reason = "" }: Pick<ReadSpans, "rejected" | "reason">,
): TracesAnswer {
  if (isJson(mediaType)) {
    const partial = { rejectedSpans: String(rejected), errorMessage: reason };
    const said = reason === "" ? {} : { partialSuccess: partial };
    return { mediaType: "application/json", body: Buffer.from(JSON.stringify(said)) };
  }
  const body = reason === "" ? Buffer.alloc(0) : encodePartial(rejected, reason);
  return { mediaType: "application/x-protobuf", body };
}

const PARTIAL_SUCCESS = 0x0a;
const REJECTED_SPANS = 0x08;
const ERROR_MESSAGE = 0x12;

/** `ExportTraceServiceResponse { partial_success { rejected_spans = 1, error_message = 2 } }`. */
function encodePartial(rejected: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const inner = Buffer.concat([
    Buffer.from([REJECTED_SPANS, ...varint(rejected), ERROR_MESSAGE, ...varint(text.length)]),
    text,
  ]);
  return Buffer.concat([Buffer.from([PARTIAL_SUCCESS, ...varint(inner.length)]), inner]);
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

const MESSAGE = 0x12;

/** A refusal as OTLP has it: `google.rpc.Status { message = 2 }`. */
export function answerProblem(mediaType: string | undefined, message: string): TracesAnswer {
  if (isJson(mediaType)) return { mediaType: "application/json", body: Buffer.from(JSON.stringify({ message })) };
  const text = Buffer.from(message);
  const body = Buffer.concat([Buffer.from([MESSAGE, ...varint(text.length)]), text]);
  return { mediaType: "application/x-protobuf", body };
}
