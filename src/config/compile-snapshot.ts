import { type Snapshot } from "#gateway";
import { type ConfiguredPrices, type PriceBook } from "#pricing";
import { type Provider, type Route } from "#routing";
import { assert } from "#std";
import { type Config, type ConfiguredProvider, listOfMaker } from "./config.ts";

/** What the gateway runs on. `prices` was built with `configuredPrices` of the same configuration. */
export function compileSnapshot(config: Config, prices: PriceBook): Snapshot {
  const providers = config.providers.map(toProvider);
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const routes = config.routes.map((route): Route => {
    const targets = route.targets.map(({ provider: name, ...target }) => {
      const provider = byName.get(name);
      assert(provider !== undefined, "a checked configuration's targets name providers that exist");
      return { ...target, provider };
    });
    return { ...route, targets };
  });
  const table = { providers, routes: new Map(routes.map((route) => [route.name, route])), direct: config.direct };
  const { revision, budgets, log } = config;
  return { revision, table, prices, refusalStatus: budgets.refusalStatus, logsCalls: log.calls };
}

/** What the configuration says about prices, for `PriceBook.build`. */
export function configuredPrices(config: Pick<Config, "providers">): readonly ConfiguredPrices[] {
  return config.providers.map(({ name, format, origin, basePath, priceList, rates }) => ({
    provider: name,
    rates,
    prices: priceList,
    url: `${origin}${basePath}`,
    // Whoever speaks a maker's format behind an address of their own mostly passes the maker's models on.
    otherwise: listOfMaker[format],
  }));
}

// Its own name leads to its rates first and then to the list that they stand before.
function toProvider(configured: ConfiguredProvider): Provider {
  const { name, format, origin, basePath, apiKey, moreKeys, region, onClientGone, trace } = configured;
  const { streamUsage, dialect, cloud } = configured;
  const common = { name, format, origin, basePath, apiKey, moreKeys, prices: name, region };
  return { ...common, onClientGone, trace, streamUsage, dialect, cloud };
}
