import { type AlertSettings } from "#alerts";
import { Secret } from "#units";
import { type Config, type ConfiguredProvider } from "./config.ts";

/**
 * A configuration that can cross to a thread or process by structured clone, which would drop a `Secret`. Static keys
 * are left out: they travel as digests.
 */
export interface SealedConfig extends Omit<Config, "providers" | "keys" | "alerts"> {
  readonly providers: readonly SealedProvider[];
  readonly alerts: SealedAlerts | undefined;
}

interface SealedAlerts extends Omit<AlertSettings, "url" | "secret"> {
  readonly url: string;
  readonly secret: string | undefined;
}

interface SealedProvider extends Omit<ConfiguredProvider, "apiKey" | "moreKeys"> {
  readonly apiKey: string | undefined;
  readonly moreKeys: readonly string[];
}

/** `withSecrets: false` is for the office, which calls no provider; it is what sends alerts, and gets theirs. */
export function sealConfig(config: Config, { withSecrets }: { readonly withSecrets: boolean }): SealedConfig {
  const { keys: _, providers, alerts, ...rest } = config;
  const seal = ({ apiKey, moreKeys, ...provider }: ConfiguredProvider): SealedProvider => ({
    ...provider,
    apiKey: withSecrets ? apiKey?.reveal() : undefined,
    moreKeys: withSecrets ? (moreKeys ?? []).map((key) => key.reveal()) : [],
  });
  const sealedAlerts =
    alerts === undefined || withSecrets
      ? undefined
      : { ...alerts, url: alerts.url.reveal(), secret: alerts.secret?.reveal() };
  return { ...rest, providers: providers.map(seal), alerts: sealedAlerts };
}

export function openConfig(sealed: SealedConfig): Config {
  const { alerts } = sealed;
  return {
    ...sealed,
    providers: sealed.providers.map(openProvider),
    keys: [],
    alerts:
      alerts === undefined
        ? undefined
        : {
            ...alerts,
            url: new Secret(alerts.url),
            secret: alerts.secret === undefined ? undefined : new Secret(alerts.secret),
          },
  };
}

function openProvider({ apiKey, moreKeys, ...provider }: SealedProvider): ConfiguredProvider {
  const key = apiKey === undefined ? undefined : new Secret(apiKey);
  return { ...provider, apiKey: key, moreKeys: moreKeys.map((more) => new Secret(more)) };
}
