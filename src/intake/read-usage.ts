import { type Money } from "#units";
import { countNames, type CountName, type Dialect } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import { type NestedUsage, readNestedUsage } from "./read-nested-usage.ts";
import { isEmpty } from "./same-step.ts";
import { type Attributes } from "./span.ts";
import { type Counts, type Overlap, type SplitUsage, splitUsage } from "./split-usage.ts";
import { toCount } from "./to-count.ts";

export interface ReadUsage extends SplitUsage {
  /** The counts as they were said, as JSON text. */
  readonly reported: string | undefined;
  /** Of the answer, where it is told beside the usage. */
  readonly tier: string | undefined;
  /** What whoever passed the answer on says that it cost. */
  readonly cost: Money | undefined;
}

/**
 * The usage of a span in our classes. The provider's own usage object is believed first, then the first dialect that counts
 * input or output; details that it lacks are taken from the others, which count the same call.
 */
export function readUsage(attributes: Attributes): ReadUsage {
  const nested = readNestedUsage(attributes);
  const flat = readCounts(attributes);
  const { tier, cost, overlap = flat.overlap } = nested;
  const counts: Counts = merged(flat.counts, nested);
  if (isEmpty(counts)) return { usage: undefined, doubt: undefined, reported: undefined, tier, cost };
  const { usage, doubt } = splitUsage(counts, overlap);
  return { usage, doubt, reported: JSON.stringify(counts), tier, cost };
}

function merged(flat: Counts, { counts, isWhole }: NestedUsage): Counts {
  if (isWhole) return counts;
  return isEmpty(counts) ? flat : { ...flat, ...counts };
}

const CONVENTIONAL: ReadonlySet<string> = new Set([
  "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.cache_write.input_tokens",
  "gen_ai.usage.cache_creation.input_tokens",
]);
const PROVIDERS = ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"];
/** Only Anthropic's and Amazon's answers count cached tokens beside the input, and some tools pass that on as it is. */
const COUNTED_BESIDE = /anthropic|bedrock|claude/i;

function readCounts(attributes: Attributes): { readonly counts: Counts; readonly overlap: Overlap } {
  const counts: { -readonly [Name in CountName]?: number } = {};
  let isConventional = false;
  for (const name of countNames) {
    for (const key of namesOfCounts[name]) {
      const count = toCount(attributes.get(key));
      if (count === undefined) continue;
      counts[name] = count;
      isConventional ||= CONVENTIONAL.has(key);
      break;
    }
  }
  const isOpen = !isConventional && PROVIDERS.some((key) => COUNTED_BESIDE.test(String(attributes.get(key) ?? "")));
  return { counts, overlap: isOpen ? "unsaid" : "inside" };
}

function namesOf(name: CountName): readonly string[] {
  return dialects.flatMap(({ counts }: Dialect) => counts[name] ?? []);
}

const namesOfCounts: Readonly<Record<CountName, readonly string[]>> = {
  input: namesOf("input"),
  output: namesOf("output"),
  total: namesOf("total"),
  cacheRead: namesOf("cacheRead"),
  cacheWrite: namesOf("cacheWrite"),
  cacheWrite5m: namesOf("cacheWrite5m"),
  cacheWrite1h: namesOf("cacheWrite1h"),
  reasoning: namesOf("reasoning"),
  reasoningBeside: namesOf("reasoningBeside"),
  audioIn: namesOf("audioIn"),
  audioOut: namesOf("audioOut"),
  webSearches: namesOf("webSearches"),
};
