/** What a budget sets aside for one call of each route, so that limits can be chosen with open eyes. */
import { type Config } from "#config";
import { type AskFacts, type Bound } from "#inference";
import { boundUsage } from "#pricing";
import { type Instant } from "#units";
import { buildPrices } from "./compile.ts";

/** The call that `typical` assumes: 2,000 tokens or so of text, and no cap of the client's own. */
export const typicalCall = { bodyBytes: 8 * 1024, messages: 4 } as const;

export interface RouteHold {
  readonly route: string;
  /** `provider/model`. */
  readonly target: string;
  /** Undefined: the route sets none, and the model's own limit is held. */
  readonly maxOutputTokens: number | undefined;
  readonly typical: Bound;
  /** A call that fills the context window. */
  readonly most: Bound;
}

// What the data plane takes at most, and more than any context window holds.
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** One for each target of each route, at the prices of `at`. */
export async function holdsOfRoutes(config: Config, at: Instant): Promise<readonly RouteHold[]> {
  const prices = await buildPrices(config);
  const regions = new Map(config.providers.map(({ name, region }) => [name, region]));
  return config.routes.flatMap(({ name, targets, maxOutputTokens, holdCeiling }) =>
    targets.map(({ provider, model }) => {
      const sku = prices.find({ provider, model, at });
      const terms = { sku, outputCap: maxOutputTokens, holdCeiling, at, region: regions.get(provider) };
      return {
        route: name,
        target: `${provider}/${model}`,
        maxOutputTokens,
        typical: boundUsage({ ...textCall, ...typicalCall }, terms),
        most: boundUsage({ ...textCall, bodyBytes: BODY_BYTES_MAX }, terms),
      };
    }),
  );
}

const textCall: AskFacts = {
  format: "openai",
  operation: "chat",
  model: undefined,
  stream: false,
  background: false,
  bodyBytes: 0,
  messages: 0,
  tools: 0,
  outputCap: undefined,
  choices: 1,
  serviceTier: undefined,
  writesLongCache: false,
  unbounded: [],
  inlineMedia: 0,
  references: [],
};
