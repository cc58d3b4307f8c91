import { type AlertSettings } from "#alerts";
import { type ReportSettings } from "#reports";
import { Secret } from "#units";
import { type Config, type ConfiguredProvider, type Listening } from "./config.ts";
import { openCloud, type SealedCloud, sealCloud } from "./seal-cloud.ts";
import { type ListenerTls } from "./listener-tls.ts";
import { openMeter, type SealedMeter, sealMeter } from "./seal-meters.ts";
import { openTelemetry, type SealedTelemetry, sealTelemetry } from "./seal-telemetry.ts";

/**
 * A configuration that can cross to a thread or process by structured clone, which would drop a `Secret`. Static keys
 * are left out: they travel as digests.
 */
export interface SealedConfig extends Omit<
  Config,
  "listen" | "providers" | "keys" | "alerts" | "telemetry" | "reports" | "meters"
> {
  readonly listen: SealedListening;
  readonly providers: readonly SealedProvider[];
  readonly alerts: SealedAlerts | undefined;
  readonly telemetry: SealedTelemetry | undefined;
  readonly reports: readonly SealedReports[];
  readonly meters: readonly SealedMeter[];
}

interface SealedReports extends Omit<ReportSettings, "adminKey"> {
  readonly adminKey: string;
}

interface SealedListening extends Omit<Listening, "tls"> {
  readonly tls: (Omit<ListenerTls, "key"> & { readonly key: string }) | undefined;
}

interface SealedAlerts extends Omit<AlertSettings, "url" | "secret"> {
  readonly url: string;
  readonly secret: string | undefined;
}

interface SealedProvider extends Omit<ConfiguredProvider, "apiKey" | "moreKeys" | "cloud"> {
  readonly apiKey: string | undefined;
  readonly moreKeys: readonly string[];
  readonly cloud: SealedCloud | undefined;
}

/**
 * `withSecrets: false` is for the office, which calls no provider; it is what sends alerts and telemetry, fetches reports and
 * scrapes exporters, and gets the secrets of those.
 * Both listen, so both get the certificate's key.
 */
export function sealConfig(config: Config, { withSecrets }: { readonly withSecrets: boolean }): SealedConfig {
  const { keys: _, listen, providers, alerts, telemetry, reports, meters, ...rest } = config;
  const seal = ({ apiKey, moreKeys, cloud, ...provider }: ConfiguredProvider): SealedProvider => ({
    ...provider,
    apiKey: withSecrets ? apiKey?.reveal() : undefined,
    moreKeys: withSecrets ? (moreKeys ?? []).map((key) => key.reveal()) : [],
    cloud: cloud && sealCloud(cloud, { withSecrets }),
  });
  const sealedAlerts =
    alerts === undefined || withSecrets
      ? undefined
      : { ...alerts, url: alerts.url.reveal(), secret: alerts.secret?.reveal() };
  const tls = listen.tls === undefined ? undefined : { ...listen.tls, key: listen.tls.key.reveal() };
  return {
    ...rest,
    listen: { ...listen, tls },
    providers: providers.map(seal),
    alerts: sealedAlerts,
    telemetry: telemetry === undefined || withSecrets ? undefined : sealTelemetry(telemetry),
    meters: withSecrets ? [] : meters.map(sealMeter),
    reports: withSecrets ? [] : reports.map(({ adminKey, ...each }) => ({ ...each, adminKey: adminKey.reveal() })),
  };
}

export function openConfig(sealed: SealedConfig): Config {
  const { alerts, listen, telemetry, reports } = sealed;
  const tls = listen.tls === undefined ? undefined : { ...listen.tls, key: new Secret(listen.tls.key) };
  return {
    ...sealed,
    listen: { ...listen, tls },
    providers: sealed.providers.map(openProvider),
    keys: [],
    meters: sealed.meters.map(openMeter),
    telemetry: telemetry && openTelemetry(telemetry),
    reports: reports.map(({ adminKey, ...each }) => ({ ...each, adminKey: new Secret(adminKey) })),
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

function openProvider({ apiKey, moreKeys, cloud, ...provider }: SealedProvider): ConfiguredProvider {
  const key = apiKey === undefined ? undefined : new Secret(apiKey);
  return {
    ...provider,
    apiKey: key,
    moreKeys: moreKeys.map((more) => new Secret(more)),
    cloud: cloud && openCloud(cloud),
  };
}
