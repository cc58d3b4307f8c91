/** The dated list prices that come with `@pydantic/genai-prices`: its data, not its arithmetic. */
import { type Provider as SeedProvider, waitForUpdate } from "@pydantic/genai-prices";
import { assert } from "#std";

export type Seed = readonly SeedProvider[];
export { type SeedProvider };

/** What is bundled with the package; nothing is fetched, since nobody here asks it for updates. */
export async function bundledSeed(): Promise<Seed> {
  const providers = await waitForUpdate();
  assert(providers !== null, "the package bundles its data");
  return providers;
}

export const SEED_VERSION = "0.1.8";
