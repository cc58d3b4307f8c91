import { Secret } from "#units";
import { type Config, type ConfiguredProvider } from "./config.ts";

/**
 * A configuration that can cross to a thread or process by structured clone, which would drop a `Secret`. Static keys
 * are left out: they travel as digests.
 */
export interface SealedConfig extends Omit<Config, "providers" | "keys"> {
  readonly providers: readonly SealedProvider[];
}

interface SealedProvider extends Omit<ConfiguredProvider, "apiKey"> {
  readonly apiKey: string | undefined;
}

/** `withSecrets: false` is for the office, which calls no provider. */
export function sealConfig(config: Config, { withSecrets }: { readonly withSecrets: boolean }): SealedConfig {
  const { keys: _, providers, ...rest } = config;
  const seal = ({ apiKey, ...provider }: ConfiguredProvider): SealedProvider => ({
    ...provider,
    apiKey: withSecrets ? apiKey?.reveal() : undefined,
  });
  return { ...rest, providers: providers.map(seal) };
}

export function openConfig(sealed: SealedConfig): Config {
  return { ...sealed, providers: sealed.providers.map(openProvider), keys: [] };
}

function openProvider({ apiKey, ...provider }: SealedProvider): ConfiguredProvider {
  return { ...provider, apiKey: apiKey === undefined ? undefined : new Secret(apiKey) };
}
