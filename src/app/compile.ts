import { type Config, compileSnapshot, configuredPrices, openConfig, type SealedConfig } from "#config";
import { type Snapshot } from "#gateway";
import { bundledSeed, ownSkus, PriceBook } from "#pricing";

/** The price book that a configuration leads to: the bundled lists, our own rows, its own rates. */
export async function buildPrices(config: Pick<Config, "providers">): Promise<PriceBook> {
  return PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: configuredPrices(config) });
}

/** What a thread runs on, made where it runs: secrets and price books do not cross threads. */
export async function compileSealed(
  sealed: SealedConfig,
): Promise<{ readonly config: Config; readonly snapshot: Snapshot }> {
  const config = openConfig(sealed);
  return { config, snapshot: compileSnapshot(config, await buildPrices(config)) };
}
