/** The figures themselves, as public price lists give them; quoted by line so that a reader can compare them. */
import { type UsageClass } from "#inference";
import { type Tier } from "./price-row.ts";

/** Where a price was read, and when it was last compared with that. */
interface Provenance {
  readonly source: string;
  readonly checkedAt: string;
}

/** Rates as a share of the standard rate, for exactly the classes of which the source says it. */
export interface DerivedRate extends Provenance {
  readonly provider: string;
  /** Undefined is all models of the provider. */
  readonly models: readonly string[] | undefined;
  /** Only those whose name contains it. */
  readonly containing?: string;
  /** The class that the share prices, where it is another. */
  readonly as?: UsageClass;
  readonly tier: Tier;
  readonly share: "half" | "1.1 times" | "double";
  readonly classes: readonly UsageClass[];
  /** Does not hold for input so long that a context band applies. */
  readonly withoutBands?: boolean;
  readonly from?: string;
}

/** Lines of `model tier band since class=rate …`; rates are per million units, `free` is a rate of zero that is meant. */
export interface FlatTable extends Provenance {
  readonly provider: string;
  readonly lines: string;
}

const CHECKED = "2026-11-21";

/** OpenAI's list of July and August 2026 as Portkey's public book records it, where its standard rates equal the seed's. */
const openaiList = "https://platform.openai.com/docs/pricing, in Portkey-AI/models f654307 pricing/openai.json";

export const flatTables: readonly FlatTable[] = [
  {
    provider: "openai",
    source: openaiList,
    checkedAt: CHECKED,
    lines: `
      gpt-4.1               batch    -      -          input=1      output=4
      gpt-4.1               priority -      -          input=3.5    cached=0.875  output=14
      gpt-4.1-mini          batch    -      -          input=0.2    output=0.8
      gpt-4.1-mini          priority -      -          input=0.7    cached=0.175  output=2.8
      gpt-4.1-nano          batch    -      -          input=0.05   output=0.2
      gpt-4.1-nano          priority -      -          input=0.2    cached=0.05   output=0.8
      gpt-4o                batch    -      -          input=1.25   output=5
      gpt-4o                priority -      -          input=4.25   cached=2.125  output=17
      gpt-4o-2024-05-13     batch    -      -          input=2.5    output=7.5
      gpt-4o-2024-05-13     priority -      -          input=8.75   output=26.25
      gpt-4o-mini           batch    -      -          input=0.075  output=0.3
      gpt-4o-mini           priority -      -          input=0.25   cached=0.125  output=1
      gpt-5                 batch    -      -          input=0.625  cached=0.0625 output=5
      gpt-5                 flex     -      -          input=0.625  cached=0.0625 output=5
      gpt-5                 priority -      -          input=2.5    cached=0.25   output=20
      gpt-5-mini            batch    -      -          input=0.125  cached=0.0125 output=1
      gpt-5-mini            flex     -      -          input=0.125  cached=0.0125 output=1
      gpt-5-mini            priority -      -          input=0.45   cached=0.045  output=3.6
      gpt-5-nano            batch    -      -          input=0.025  cached=0.0025 output=0.2
      gpt-5-nano            flex     -      -          input=0.025  cached=0.0025 output=0.2
      gpt-5-pro             batch    -      -          input=7.5    output=60
      gpt-5.1               batch    -      -          input=0.625  cached=0.0625 output=5
      gpt-5.1               flex     -      -          input=0.625  cached=0.0625 output=5
      gpt-5.1               priority -      -          input=2.5    cached=0.25   output=20
      gpt-5.2               batch    -      -          input=0.875  cached=0.0875 output=7
      gpt-5.2               flex     -      -          input=0.875  cached=0.0875 output=7
      gpt-5.2               priority -      -          input=3.5    cached=0.35   output=28
      gpt-5.2-pro           batch    -      -          input=10.5   output=84
      gpt-5.3-codex         priority -      -          input=3.5    cached=0.35   output=28
      gpt-5.4               batch    -      -          input=1.25   cached=0.13   output=7.5
      gpt-5.4               batch    271999 -          input=2.5    cached=0.25   output=11.25
      gpt-5.4               flex     -      -          input=1.25   cached=0.13   output=7.5
      gpt-5.4               flex     271999 -          input=2.5    cached=0.25   output=11.25
      gpt-5.4               priority -      -          input=5      cached=0.5    output=30
      gpt-5.4-mini          batch    -      -          input=0.375  cached=0.0375 output=2.25
      gpt-5.4-mini          flex     -      -          input=0.375  cached=0.0375 output=2.25
      gpt-5.4-mini          priority -      -          input=1.5    cached=0.15   output=9
      gpt-5.4-nano          batch    -      -          input=0.1    cached=0.01   output=0.625
      gpt-5.4-nano          flex     -      -          input=0.1    cached=0.01   output=0.625
      gpt-5.4-pro           batch    -      -          input=15     output=90
      gpt-5.4-pro           batch    271999 -          input=30     output=135
      gpt-5.4-pro           flex     -      -          input=15     output=90
      gpt-5.4-pro           flex     271999 -          input=30     output=135
      gpt-5.5               batch    -      -          input=2.5    cached=0.25   output=15
      gpt-5.5               batch    271999 -          input=5      cached=0.5    output=22.5
      gpt-5.5               flex     -      -          input=2.5    cached=0.25   output=15
      gpt-5.5               flex     271999 -          input=5      cached=0.5    output=22.5
      gpt-5.5-pro           batch    -      -          input=15     output=90
      gpt-5.5-pro           flex     -      -          input=15     output=90
      gpt-5.6-luna          batch    -      2026-07-30 input=0.1    cached=0.01   write=0.125 output=0.6
      gpt-5.6-luna          batch    271999 2026-07-30 input=0.2    cached=0.02   write=0.25  output=0.9
      gpt-5.6-luna          flex     -      2026-07-30 input=0.1    cached=0.01   write=0.125 output=0.6
      gpt-5.6-luna          flex     271999 2026-07-30 input=0.2    cached=0.02   write=0.25  output=0.9
      gpt-5.6-luna          priority -      2026-07-30 input=0.4    cached=0.04   write=0.5   output=2.4
      gpt-5.6-terra         batch    -      2026-07-30 input=1      cached=0.1    write=1.25  output=6
      gpt-5.6-terra         batch    271999 2026-07-30 input=2      cached=0.2    write=2.5   output=9
      gpt-5.6-terra         flex     -      2026-07-30 input=1      cached=0.1    write=1.25  output=6
      gpt-5.6-terra         flex     271999 2026-07-30 input=2      cached=0.2    write=2.5   output=9
      gpt-5.6-terra         priority -      2026-07-30 input=4      cached=0.4    write=5     output=24
      o1                    batch    -      -          input=7.5    output=30
      o1-mini               batch    -      -          input=0.55   output=2.2
      o1-pro                batch    -      -          input=75     output=300
      o3                    batch    -      2025-06-10 input=1      output=4
      o3                    flex     -      2025-06-10 input=1      cached=0.25   output=4
      o3                    priority -      2025-06-10 input=3.5    cached=0.875  output=14
      o3-deep-research      batch    -      -          input=5      output=20
      o3-mini               batch    -      -          input=0.55   output=2.2
      o3-pro                batch    -      -          input=10     output=40
      o4-mini               batch    -      -          input=0.55   output=2.2
      o4-mini               flex     -      -          input=0.55   cached=0.138  output=2.2
      o4-mini               priority -      -          input=2      cached=0.5    output=8
      o4-mini-deep-research batch    -      -          input=1      output=4
    `,
  },
  {
    provider: "openai",
    source: "https://openai.com/api-priority-processing/",
    checkedAt: CHECKED,
    lines: `
      gpt-5.5 priority - - input=12.5 cached=1.25 output=75
    `,
  },
  {
    provider: "openai",
    source: `${openaiList}; file search at $2.50 per 1,000`,
    checkedAt: CHECKED,
    lines: `
      gpt-4              standard - - file_searches=2500
      gpt-4.1-nano       standard - - file_searches=2500
      gpt-5.1-codex-mini standard - - file_searches=2500
      gpt-5.3-codex      standard - - file_searches=2500
      o1                 standard - - file_searches=2500
      o1-pro             standard - - file_searches=2500
      o3-mini            standard - - file_searches=2500
      o3-pro             standard - - file_searches=2500
    `,
  },
  {
    // The seed has only the text rates of these; sound and pictures would be priced as text, up to 66 times too low.
    provider: "openai",
    source:
      "https://platform.openai.com/docs/pricing, in Wei-Shaw/model-price-repo f9ff147 and Portkey-AI/models f654307",
    checkedAt: CHECKED,
    lines: `
      gpt-4o-audio-preview            standard - - audio_in=40 audio_out=80
      gpt-4o-audio-preview-2024-10-01 standard - - input=2.5 output=10 audio_in=100 audio_out=200
      gpt-4o-mini-audio-preview       standard - - audio_in=10 audio_out=20
      gpt-4o-mini-tts                 standard - - audio_out=12
      gpt-image-1                     standard - - image_out=40
      gpt-image-1-mini                standard - - image_out=8
      gpt-image-2                     standard - - image_out=30
    `,
  },
  {
    provider: "openai",
    source:
      "https://platform.openai.com/docs/pricing, in the LiteLLM price map of 2025-09 and Portkey-AI/models f654307",
    checkedAt: CHECKED,
    lines: `
      tts-1    standard - - characters_in=15
      tts-1-hd standard - - characters_in=30
    `,
  },
  {
    provider: "anthropic",
    source:
      "https://platform.claude.com/docs/en/build-with-claude/fast-mode, in Portkey-AI/models f654307 pricing/anthropic.json",
    checkedAt: CHECKED,
    lines: `
      claude-opus-4-6 fast - 2026-03-13 input=30 cached=3 write=37.5 write_1h=60 output=150
      claude-opus-4-7 fast - -          input=30 cached=3 write=37.5 write_1h=60 output=150
    `,
  },
  {
    provider: "anthropic",
    source: "https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-fetch-tool: nothing beyond the tokens",
    checkedAt: CHECKED,
    lines: `
      * standard - - web_fetches=free
    `,
  },
  {
    provider: "google",
    source: "https://ai.google.dev/gemini-api/docs/pricing, in Wei-Shaw/model-price-repo f9ff147",
    checkedAt: CHECKED,
    lines: `
      gemini-3-flash-preview priority -      - input=0.9  cached=0.09  output=5.4 audio_in=1.8
      gemini-3-pro-preview   priority -      - input=3.6  cached=0.36  output=21.6
      gemini-3-pro-preview   priority 200000 - input=7.2  cached=0.72  output=32.4
      gemini-3.1-pro-preview priority -      - input=3.6  cached=0.36  output=21.6
      gemini-3.1-pro-preview priority 200000 - input=7.2  cached=0.72  output=32.4
      gemini-3.1-flash-lite  flex     -      - cached=0.0125
      gemini-3.1-flash-lite  priority -      - input=0.45 cached=0.045 output=2.7
      gemini-3.5-flash       priority -      - input=2.7  cached=0.27  output=16.2
      gemini-3.5-flash-lite  flex     -      - cached=0.02
      gemini-3.5-flash-lite  priority -      - input=0.54 cached=0.05  output=4.5
    `,
  },
  {
    // The seed sells it as its six times larger sibling, at twice the price.
    provider: "groq",
    source: "https://groq.com/pricing, in Portkey-AI/models f654307 pricing/groq.json",
    checkedAt: CHECKED,
    lines: `
      openai/gpt-oss-safeguard-20b standard - - input=0.075 output=0.3
    `,
  },
];

const textTokens = ["input_uncached", "output_text"] as const;
const allTokens = [...textTokens, "cache_read", "cache_write_5m", "cache_write_1h"] as const;

const geminiTiers = "https://ai.google.dev/gemini-api/docs/optimization: batch and flex at half of standard";
const geminiModels = [
  "gemini-2.5-pro",
  "gemini-2.5-flash",
  "gemini-2.5-flash-lite",
  "gemini-3-pro-preview",
  "gemini-3.1-pro-preview",
  "gemini-3-flash-preview",
  "gemini-3.1-flash-lite",
  "gemini-3.5-flash",
  "gemini-3.5-flash-lite",
  "gemini-3.6-flash",
];

const longWrites = {
  models: undefined,
  containing: "claude",
  tier: "standard",
  share: "double",
  classes: ["input_uncached"],
  as: "cache_write_1h",
  source:
    "https://platform.claude.com/docs/en/about-claude/pricing: an hour's cache write is twice input, on any platform",
  checkedAt: CHECKED,
} as const;

/** `inference_geo` begins with these; older ones refuse it. A newer one that answers from the US is unpriced until it stands here. */
const claudeWithGeography = [
  "claude-opus-4-6",
  "claude-opus-4-7",
  "claude-opus-4-8",
  "claude-opus-5",
  "claude-opus-5-5",
  "claude-sonnet-4-6",
  "claude-sonnet-5",
  "claude-fable-5",
  "claude-fable-5-1",
];
const claudeInUs =
  "https://platform.claude.com/docs/en/about-claude/pricing: inference in the US alone costs 1.1 times of every token rate";

export const derivedRates: readonly DerivedRate[] = [
  { provider: "aws", ...longWrites },
  { provider: "google", ...longWrites },
  { provider: "openrouter", ...longWrites },
  {
    provider: "anthropic",
    models: undefined,
    tier: "batch",
    share: "half",
    classes: allTokens,
    source: "https://platform.claude.com/docs/en/about-claude/pricing: batch halves every token rate, caching included",
    checkedAt: CHECKED,
  },
  {
    provider: "anthropic",
    models: claudeWithGeography,
    tier: "us",
    share: "1.1 times",
    classes: allTokens,
    source: claudeInUs,
    checkedAt: CHECKED,
  },
  {
    provider: "google",
    models: geminiModels,
    tier: "batch",
    share: "half",
    classes: [...textTokens, "audio_in"],
    source: geminiTiers,
    checkedAt: CHECKED,
  },
  {
    provider: "google",
    models: geminiModels,
    tier: "flex",
    share: "half",
    classes: [...textTokens, "audio_in"],
    source: geminiTiers,
    checkedAt: CHECKED,
  },
  {
    provider: "openai",
    models: ["gpt-5.6-sol"],
    tier: "batch",
    share: "half",
    classes: allTokens,
    from: "2026-08-21",
    source: "https://developers.openai.com/api/docs/pricing, as read on 2026-08-27 by api-evangelist/openai",
    checkedAt: CHECKED,
  },
  {
    provider: "openai",
    models: ["gpt-5.6-sol"],
    tier: "priority",
    share: "double",
    classes: allTokens,
    withoutBands: true,
    from: "2026-08-21",
    source: "https://developers.openai.com/api/docs/pricing, as read on 2026-08-27 by api-evangelist/openai",
    checkedAt: CHECKED,
  },
];

interface Named {
  readonly provider: string;
  readonly model: string;
}

const copilot = "https://docs.github.com/en/copilot/reference/copilot-billing/models-and-pricing: in the subscription";
const gemma = "https://ai.google.dev/gemini-api/docs/pricing: free of charge, no paid tier";

export const freeModels: readonly (Named & { readonly source: string })[] = [
  { provider: "openai", model: "moderation", source: "https://developers.openai.com/api/docs/guides/moderation: free" },
  { provider: "google", model: "gemma-3", source: gemma },
  { provider: "google", model: "gemma-3n", source: gemma },
  { provider: "google", model: "gemma-4-26b-a4b-it", source: gemma },
  { provider: "google", model: "gemma-4-31b-it", source: gemma },
  { provider: "github-copilot", model: "gpt-3.5-turbo", source: copilot },
  { provider: "github-copilot", model: "gpt-4.1", source: copilot },
  { provider: "github-copilot", model: "gpt-4o", source: copilot },
  { provider: "github-copilot", model: "gpt-4o-mini", source: copilot },
];

/** Models that search of their own accord, and bill it. */
export const searchesUnasked: readonly Named[] = [
  { provider: "openai", model: "gpt-4o-search-preview" },
  { provider: "openai", model: "o3-deep-research" },
  { provider: "openai", model: "o4-mini-deep-research" },
  { provider: "perplexity", model: "sonar" },
  { provider: "perplexity", model: "sonar-pro" },
  { provider: "perplexity", model: "sonar-reasoning" },
  { provider: "perplexity", model: "sonar-reasoning-pro" },
  { provider: "perplexity", model: "sonar-deep-research" },
];

/** Groq bills ten seconds at least, https://console.groq.com/docs/speech-to-text. */
export const minimums: readonly (Named & { readonly class: UsageClass; readonly quantity: number })[] = [
  { provider: "groq", model: "whisper-large-v3", class: "audio_ms_in", quantity: 10_000 },
  { provider: "groq", model: "whisper-large-v3-turbo", class: "audio_ms_in", quantity: 10_000 },
];

/** Models whose window the seed has too small (models.dev, the LiteLLM price map): for a bound, no window is better. */
export const staleWindows: readonly Named[] = [
  { provider: "anthropic", model: "claude-sonnet-4-0" },
  { provider: "azure", model: "phi-4" },
  { provider: "deepseek", model: "deepseek-chat" },
  { provider: "deepseek", model: "deepseek-reasoner" },
  { provider: "github-copilot", model: "claude-fable-5" },
  { provider: "openai", model: "gpt-4o-realtime-preview" },
  { provider: "openai", model: "gpt-4o-mini-realtime-preview" },
  { provider: "openrouter", model: "google/gemini-3.1-flash-image-preview" },
  { provider: "openrouter", model: "qwen/qwen3-30b-a3b-thinking-2507" },
  { provider: "openrouter", model: "z-ai/glm-5-turbo" },
];
