/** For tests: the gateway's part in an answer, reduced to its bytes. */
import { type AnswerFacts, type FormatName } from "#inference";
import { type AnswerOptions, type AnswerReader } from "./wire-format.ts";
import { wireFormats } from "./wire-formats.ts";

const defaults: AnswerOptions = {
  operation: "chat",
  stream: true,
  status: 200,
  contentType: "text/event-stream; charset=utf-8",
  stripUsage: false,
  receipt: undefined,
};

/** Relays a whole answer in chunks of a size, and tells what went on and what was read. */
export function relayAnswer(
  format: FormatName,
  body: string | Buffer,
  { size = Infinity, ...options }: Partial<AnswerOptions> & { readonly size?: number } = {},
): { readonly text: string; readonly facts: AnswerFacts; readonly reader: AnswerReader } {
  const reader = wireFormats.find(({ name }) => name === format)?.readAnswer({ ...defaults, ...options });
  if (reader === undefined) throw new Error(`No format ${format}`);
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    parts.push(reader.push(bytes.subarray(at, Math.min(at + size, bytes.length))));
  }
  parts.push(reader.finish());
  return { text: Buffer.concat(parts).toString("utf8"), facts: reader.facts(), reader };
}
