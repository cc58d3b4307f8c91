import { type Usage, type UsageClass } from "#inference";
import { type CountName } from "./dialect.ts";

export type Counts = { readonly [Name in CountName]?: number };

/** Whether cached tokens are counted in the input or beside it, where whoever counted them says so. */
export type Overlap = "inside" | "beside" | "unsaid";

export interface SplitUsage {
  readonly usage: Usage | undefined;
  /** What the counts leave open, in words; then what is made of them is an estimate. */
  readonly doubt: string | undefined;
}

/**
 * Counts of any dialect as classes that never overlap. The total, where there is one, decides what is counted in what; so
 * does a part that is larger than its whole. What neither decides is read as the GenAI convention has it, every part inside
 * its whole, and is in doubt when the dialect is known to be used both ways.
 */
export function splitUsage(counts: Counts, overlap: Overlap): SplitUsage {
  const cached = cachedOf(counts);
  const input = splitInput(counts, cached, overlap);
  const output = splitOutput(counts, input.whole);
  const usage: { -readonly [Class in UsageClass]?: number } = {};
  set(usage, "input_uncached", input.uncached);
  set(usage, "cache_read", counts.cacheRead);
  set(usage, "cache_write_5m", cached.write5m);
  set(usage, "cache_write_1h", cached.write1h);
  set(usage, "audio_in", input.audio);
  set(usage, "output_text", output.text);
  set(usage, "output_reasoning", counts.reasoning ?? counts.reasoningBeside);
  set(usage, "audio_out", output.audio);
  const doubt = input.doubt ?? output.doubt ?? surplus(counts, usage);
  // No price is asked of a seller for what was not done.
  if (counts.webSearches !== 0) set(usage, "web_searches", counts.webSearches);
  return { usage: Object.keys(usage).length === 0 ? undefined : usage, doubt };
}

function set(usage: { [Class in UsageClass]?: number }, name: UsageClass, count: number | undefined): void {
  if (count !== undefined) usage[name] = count;
}

interface Cached {
  readonly write5m: number | undefined;
  readonly write1h: number | undefined;
  /** Read and written together. */
  readonly tokens: number;
}

function cachedOf({ cacheRead = 0, cacheWrite, cacheWrite5m, cacheWrite1h }: Counts): Cached {
  const isSplit = cacheWrite5m !== undefined || cacheWrite1h !== undefined;
  const write5m = isSplit ? cacheWrite5m : cacheWrite;
  const write1h = isSplit ? cacheWrite1h : undefined;
  return { write5m, write1h, tokens: cacheRead + (write5m ?? 0) + (write1h ?? 0) };
}

interface Input {
  readonly uncached: number | undefined;
  readonly audio: number | undefined;
  /** Everything that went in. */
  readonly whole: number | undefined;
  readonly doubt?: string | undefined;
}

function splitInput(counts: Counts, { tokens: cached }: Cached, overlap: Overlap): Input {
  const { input, audioIn: audio } = counts;
  if (input === undefined) return { uncached: undefined, audio, whole: undefined };
  const side = cached === 0 ? "inside" : sideOf(counts, cached, overlap);
  const uncachedAndAudio = side === "beside" ? input : input - cached;
  const whole = uncachedAndAudio + cached;
  const doubt = side === "unsaid" ? "cached tokens may be counted in the input or beside it" : undefined;
  if (audio === undefined || audio > uncachedAndAudio) return { uncached: uncachedAndAudio, audio, whole, doubt };
  return { uncached: uncachedAndAudio - audio, audio, whole, doubt };
}

function sideOf({ input = 0, output, total }: Counts, cached: number, overlap: Overlap): Overlap {
  if (overlap === "beside" || cached > input) return "beside";
  if (total !== undefined && output !== undefined) {
    if (total === input + output) return "inside";
    if (total === input + output + cached) return "beside";
  }
  return overlap;
}

interface Output {
  readonly text: number | undefined;
  readonly audio: number | undefined;
  readonly doubt?: string | undefined;
}

function splitOutput({ output, reasoning, audioOut: audio, total }: Counts, wholeInput: number | undefined): Output {
  if (output === undefined) return { text: undefined, audio };
  // What is never counted in the output is not taken out of it.
  const thought = reasoning ?? 0;
  const isBeside =
    thought > output || (thought > 0 && total !== undefined && total === (wholeInput ?? 0) + output + thought);
  const left = output - (isBeside ? 0 : thought);
  if (audio === undefined || audio > left) return { text: left, audio };
  return { text: left - audio, audio };
}

/** Some models bill thinking that only the total tells of. */
function surplus({ total }: Counts, usage: Usage): string | undefined {
  if (total === undefined) return undefined;
  const sum = Object.values(usage).reduce((all, count) => all + count, 0);
  return total > sum ? `the total says ${total - sum} tokens more than its parts` : undefined;
}
