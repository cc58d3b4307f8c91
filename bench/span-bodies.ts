import { encodeProtobuf } from "../src/intake/encode-traces.ts";
import { type AttributeValue, type Span } from "../src/intake/span.ts";

export const SPANS_IN_BODY = 512;
const SPANS_IN_TRACE = 10;
export const ATTRIBUTES = 40;

/** Stands for the round in ids of answers. */
const ROUND = "00000000";
const ANSWER_DIGITS = 8;

function hex(index: number, digits: number): string {
  return (index + 1).toString(16).padStart(digits, "0");
}

/** A trace is an agent's span that repeats the usage of the nine below it. */
function spanAt(index: number): Span {
  const trace = Math.floor(index / SPANS_IN_TRACE);
  const place = index % SPANS_IN_TRACE;
  const attributes: [string, AttributeValue][] = [
    ["gen_ai.operation.name", place === 0 ? "invoke_agent" : place % 3 === 0 ? "execute_tool" : "chat"],
    ["gen_ai.provider.name", "openai"],
    ["gen_ai.response.model", "gpt-5-mini-2025-08-07"],
    ["gen_ai.usage.input_tokens", 900 + place],
    ["gen_ai.usage.output_tokens", 80],
    ["gen_ai.usage.cache_read.input_tokens", 512],
    ["gen_ai.response.id", `chatcmpl-${ROUND}-${hex(index, ANSWER_DIGITS)}`],
    ["gen_ai.tool.name", "search"],
    ["user.id", `user-${trace % 1000}`],
    ["tare.feature", `feature-${trace % 20}`],
  ];
  for (let extra = attributes.length; extra < ATTRIBUTES; extra += 1)
    attributes.push([`app.attribute.number.${extra}`, `value ${extra}`]);
  return {
    trace: hex(trace, 32),
    span: hex(index, 16),
    parent: place === 0 ? undefined : hex(trace * SPANS_IN_TRACE, 16),
    name: "step of an agent",
    startMs: Date.UTC(2026, 5, 1) + index,
    endMs: Date.UTC(2026, 5, 1) + index + 900,
    isFailed: false,
    scope: "bench",
    attributes: new Map(attributes),
    resource: new Map(),
  };
}

const ANSWER = "chatcmpl-";

/** Bodies made before the clock runs: their traces and answers get new ids by writing over the first four bytes, or eight digits, of each. */
export function makeBodies(count: number) {
  return Array.from({ length: count }, (_, body) => {
    const spans = Array.from({ length: SPANS_IN_BODY }, (__, index) => spanAt(body * SPANS_IN_BODY + index));
    const bytes = encodeProtobuf(spans);
    const places: number[] = [];
    for (const { trace } of spans) places.push(bytes.indexOf(Buffer.from(trace, "hex"), (places.at(-1) ?? -1) + 1));
    const answers: number[] = [];
    for (let at = bytes.indexOf(ANSWER); at !== -1; at = bytes.indexOf(ANSWER, at + 1))
      answers.push(at + ANSWER.length);
    return { bytes, places, answers };
  });
}

/** The same spans as those of a trace that was not seen before. */
export function renew({ bytes, places, answers }: ReturnType<typeof makeBodies>[number], round: number): void {
  for (const place of places) bytes.writeUInt32BE(round + 1, place);
  for (const place of answers) bytes.write(hex(round, ROUND.length), place, "latin1");
}
