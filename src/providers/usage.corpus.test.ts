import { type AnswerFacts, type Usage } from "#inference";
import { describe, expect, it } from "vitest";
import { type Exchange, hasCorpus, readExchanges } from "../../e2e/corpus/exchanges.ts";
import { type Endpoint, type WireFormat, wireFormats } from "./index.ts";
import { type AnswerOptions } from "./wire-format.ts";

/** Recordings whose counts contradict themselves or their own wire format; each with what is wrong in it. */
const exceptions: ReadonlyMap<string, string> = new Map<string, string>(
  [
    ["test_anthropic_advisor_tool", "an advisor's part is billed at another model's rates, so the whole is unknown"],
    ["anthropic-advisor-", "an advisor's part is billed at another model's rates, so the whole is unknown"],
    ["anthropic-fallback", "a declined first try stands beside the totals and names another model"],
    ["anthropic-compaction", "the totals leave a compaction out, which is billed and which we add"],
    [
      "test_openrouter_cache_instructions_gemini_real_api",
      "the same tokens are counted as read from the cache and written to it",
    ],
  ].map(([name, reason]) => [name ?? "", reason ?? ""]),
);

function exceptionFor(exchange: Exchange): string | undefined {
  return [...exceptions].find(([name]) => exchange.name.includes(name))?.[1];
}

interface Tokens {
  readonly input: number;
  readonly output: number;
}

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded answers", () => {
  const exchanges = hasCorpus() ? [...readExchanges()] : [];
  const answers = exchanges.filter(({ status, answer }) => status < 300 && answer.body.length > 0);

  it("give their usage wherever the recording has it", () => {
    const failures: string[] = [];
    const counts = new Map<string, number>();
    for (const exchange of answers) {
      const recorded = recordedTokens(exchange);
      const { facts } = relay(exchange, [exchange.answer.body]);
      const outcome = compare(recorded, facts);
      const key = `${exchange.place.format} ${exchange.place.path}: ${outcome.startsWith("differs") ? "differs" : outcome}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!outcome.startsWith("differs")) continue;
      const reason = exceptionFor(exchange);
      if (reason === undefined) failures.push(`${exchange.name}: ${outcome}`);
      else console.info(`  exception: ${exchange.name}: ${reason}`);
    }
    console.info(`${answers.length} answers of ${exchanges.length} exchanges`);
    for (const [key, count] of counts) console.info(`  ${count} ${key}`);
    expect(failures).toEqual([]);
  });

  it("reach the client byte for byte, and are read alike, however they are cut into chunks", () => {
    for (const [index, exchange] of exchanges.entries()) {
      const { body } = exchange.answer;
      const whole = relay(exchange, [body]);
      const pieces = relay(exchange, cut(body, 1 + (index % 97)));
      expect(pieces.facts, exchange.name).toEqual(whole.facts);
      expect(pieces.bytes.equals(whole.bytes), exchange.name).toBe(true);
      if (whole.facts.end === "complete") expect(whole.bytes.equals(body), exchange.name).toBe(true);
      else expect(body.subarray(0, whole.bytes.length).equals(whole.bytes), exchange.name).toBe(true);
    }
  });

  it("of streams end with their own mark", () => {
    const ends = new Map<string, string[]>();
    for (const exchange of answers) {
      if (!isStream(exchange)) continue;
      const { end } = relay(exchange, [exchange.answer.body]).facts;
      ends.set(end, [...(ends.get(end) ?? []), `${exchange.provider} ${exchange.name}`]);
    }
    for (const [end, names] of ends) console.info(`  ${names.length} streams end ${end}`);
    for (const end of ["cut", "error"]) for (const name of ends.get(end) ?? []) console.info(`  ${end}: ${name}`);
    expect(ends.get("complete")?.length ?? 0).toBeGreaterThan(600);
  });
});

function isStream(exchange: Exchange): boolean {
  return exchange.answer.headers.get("content-type")?.includes("event-stream") ?? false;
}

function relay(exchange: Exchange, chunks: readonly Buffer[]): { bytes: Buffer; facts: AnswerFacts } {
  const { format, endpoint } = findEndpoint(exchange);
  const options: AnswerOptions = {
    operation: endpoint.operation === "not-built" ? "file" : endpoint.operation,
    stream: isStream(exchange) || endpoint.path.endsWith(":streamGenerateContent"),
    status: exchange.status,
    contentType: exchange.answer.headers.get("content-type"),
    stripUsage: false,
    receipt: undefined,
  };
  const reader = format.readAnswer(options);
  const bytes = Buffer.concat([...chunks.map((chunk) => reader.push(chunk)), reader.finish()]);
  return { bytes, facts: reader.facts() };
}

function findEndpoint({ place }: Exchange): { format: WireFormat; endpoint: Endpoint } {
  const format = wireFormats.find(({ name }) => name === place.format);
  const endpoint = format?.endpoints.find(({ path }) => path === place.path);
  if (format === undefined || endpoint === undefined) throw new Error(`No endpoint ${place.path}`);
  return { format, endpoint };
}

function cut(body: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) chunks.push(body.subarray(at, at + size));
  return chunks;
}

function compare(recorded: Tokens | undefined, { usage }: AnswerFacts): string {
  if (recorded === undefined) return usage === undefined ? "no usage recorded" : "usage by count or without tokens";
  if (usage === undefined) return `differs: none read of ${JSON.stringify(recorded)}`;
  const read = { input: inputOf(usage), output: outputOf(usage) };
  return read.input === recorded.input && read.output === recorded.output
    ? "equal"
    : `differs: ${JSON.stringify(recorded)} read as ${JSON.stringify(usage)}`;
}

function inputOf(usage: Usage): number {
  return total(usage, /^(?:input_|cache_|audio_in|audio_cache|image_in|image_cache|video_in)/);
}

function outputOf(usage: Usage): number {
  return total(usage, /^(?:output_|audio_out|image_out|video_out)/);
}

function total(usage: Usage, names: RegExp): number {
  return Object.entries(usage)
    .filter(([name]) => names.test(name))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** The plain way: the whole body through JSON.parse, the last usage object in it, and the totals of its format. */
function recordedTokens(exchange: Exchange): Tokens | undefined {
  const text = exchange.answer.body.toString("utf8").replace(/^\uFEFF/, "");
  const bodies = isStream(exchange) ? eventsOf(text) : [tryParse(text)].flat();
  let usage: Record<string, unknown> = {};
  for (const body of bodies) for (const found of usagesOf(body)) usage = { ...usage, ...withoutNulls(found) };
  const number = (name: string) => (typeof usage[name] === "number" ? usage[name] : undefined);
  const input = number("prompt_tokens") ?? number("input_tokens") ?? number("promptTokenCount");
  if (input === undefined) return undefined;
  if (exchange.place.format === "openai") return openaiTokens(usage, input);
  const extra = ["cache_read_input_tokens", "cache_creation_input_tokens", "toolUsePromptTokenCount"];
  const outputs = ["output_tokens", "candidatesTokenCount", "thoughtsTokenCount"];
  const sumOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (number(name) ?? 0), 0);
  return { input: input + sumOf(extra), output: sumOf(outputs) };
}

function openaiTokens(usage: Record<string, unknown>, input: number): Tokens {
  const output = Number(usage["completion_tokens"] ?? usage["output_tokens"] ?? 0);
  const details = (usage["completion_tokens_details"] ?? usage["output_tokens_details"]) as Record<
    string,
    unknown
  > | null;
  const reasoning = Number(details?.["reasoning_tokens"] ?? 0);
  const isBeside = reasoning > output || (reasoning > 0 && usage["total_tokens"] === input + output + reasoning);
  return { input, output: isBeside ? output + reasoning : output };
}

function usagesOf(body: unknown): Record<string, unknown>[] {
  if (typeof body !== "object" || body === null) return [];
  const { usage, usageMetadata, response, message, x_groq: groq } = body as Record<string, unknown>;
  return [groq, message, response, { usage }, { usage: usageMetadata }].flatMap((holder) => {
    const found = (holder as Record<string, unknown> | null | undefined)?.["usage"];
    return typeof found === "object" && found !== null ? [{ ...found }] : [];
  });
}

function eventsOf(text: string): unknown[] {
  return text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((frame) => {
    const lines = frame.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
    const parsed = tryParse(lines.map((line) => line.slice(5).trim()).join("\n"));
    return parsed === undefined ? [] : [parsed];
  });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function withoutNulls(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
