/** From what a span calls a provider to the list of the price book that sells its models. */
import { type PriceBook } from "#pricing";
import { type Instant } from "#units";

type Sku = NonNullable<ReturnType<PriceBook["find"]>>;

/** Beginnings of names; the first that fits holds. */
const listsOfProviders: readonly (readonly [beginning: string, list: string])[] = [
  ["azure", "azure"],
  ["az.ai", "azure"],
  ["openai", "openai"],
  ["anthropic", "anthropic"],
  ["claude", "anthropic"],
  ["google", "google"],
  ["gcp", "google"],
  ["gemini", "google"],
  ["vertex", "google"],
  ["aws", "aws"],
  ["amazon", "aws"],
  ["bedrock", "aws"],
  ["mistral", "mistral"],
  ["x_ai", "x-ai"],
  ["xai", "x-ai"],
  ["x-ai", "x-ai"],
  ["moonshot", "moonshotai"],
  ["fireworks", "fireworks"],
  ["together", "together"],
  ["groq", "groq"],
  ["deepseek", "deepseek"],
  ["cohere", "cohere"],
  ["cerebras", "cerebras"],
  ["openrouter", "openrouter"],
  ["perplexity", "perplexity"],
  ["voyage", "voyageai"],
  ["novita", "novita"],
];

const makersOfModels: readonly (readonly [model: RegExp, list: string])[] = [
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|dall-e|whisper|tts-)/i, "openai"],
  [/^claude-/i, "anthropic"],
  [/^gemini-/i, "google"],
  [/^(?:mistral|ministral|codestral|pixtral)-/i, "mistral"],
  [/^deepseek-/i, "deepseek"],
  [/^grok-/i, "x-ai"],
  [/^(?:command-|embed-|rerank-)/i, "cohere"],
];

export interface FoundSku {
  readonly sku: Sku;
  /** Set when nobody said who sold it: the maker's own list stands in, and the price is an estimate. */
  readonly guess: string | undefined;
}

export function findSku(
  book: PriceBook,
  { provider, model, at }: { readonly provider: string; readonly model: string; readonly at: Instant },
): FoundSku | undefined {
  const configured = book.find({ provider, model, at });
  if (configured !== undefined) return { sku: configured, guess: undefined };
  const name = provider.toLowerCase();
  const list = listsOfProviders.find(([beginning]) => name.startsWith(beginning))?.[1];
  const listed = list === undefined ? undefined : book.find({ provider: list, model, at });
  if (listed !== undefined) return { sku: listed, guess: undefined };
  // Some instrumentations name their own framework as the provider of every model.
  if (list !== undefined && list !== "google") return undefined;
  const { maker, name: madeName } = madeBy(model);
  const made = maker === undefined ? undefined : book.find({ provider: maker, model: madeName, at });
  return made === undefined ? undefined : { sku: made, guess: `nobody said who sold it: list of ${maker}` };
}

/**
 * Whoever passes on the models of many puts the maker in front: `anthropic/claude-sonnet-4`. Only by its whole name: those who
 * publish weights that anybody may serve (`mistralai/…`) sell nothing by it.
 */
function madeBy(model: string): { readonly maker: string | undefined; readonly name: string } {
  const slash = model.indexOf("/");
  const front = model.slice(0, Math.max(slash, 0)).toLowerCase();
  const maker = listsOfProviders.find(([beginning]) => beginning === front)?.[1];
  if (maker !== undefined) return { maker, name: model.slice(slash + 1) };
  return { maker: makersOfModels.find(([pattern]) => pattern.test(model))?.[1], name: model };
}
