import { type BillRules } from "#bills";
import { type AllocationRules } from "#accounting";
import { type BudgetDefinition } from "#budget";
import { type AlertSettings, type Objective } from "#alerts";
import { type Commitment } from "#commitments";
import { type EconomicsSettings, type UnitTarget } from "#economics";
import { addressesOf, type FormatName } from "#inference";
import { type StepRate } from "#intake";
import { type MeterSettings } from "#meters";
import { type PricingSection } from "#pricing";
import { type ReportSettings } from "#reports";
import { type Provider, type Route } from "#routing";
import { type TelemetrySettings } from "#telemetry";
import { type Instant, type Secret } from "#units";
import { type ConfigFile } from "./config-file.ts";
import { type ListenerTls } from "./listener-tls.ts";

/** A provider as configured; what a wire format knows by itself is filled in. */
export interface ConfiguredProvider extends Omit<Provider, "prices"> {
  /** Which list of the price book holds where it has no rates of its own; `none` for none, undefined when it is not said. */
  readonly priceList: string | undefined;
  readonly rates: PricingSection;
}

/** A route whose targets are still names. */
export interface ConfiguredRoute extends Omit<Route, "targets"> {
  readonly targets: readonly (Omit<Route["targets"][number], "provider"> & { readonly provider: string })[];
}

export interface StaticKey {
  readonly name: string;
  readonly secret: Secret;
  readonly team: string | undefined;
  readonly feature: string | undefined;
  readonly customer: string | undefined;
  readonly environment: string | undefined;
  readonly models: readonly string[] | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly maxContextTokens: number | undefined;
  readonly requireInteraction: boolean;
  readonly expiresAt: Instant | undefined;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly controlPort: number;
  /** Undefined where spans have no port of their own. */
  readonly otlpPort: number | undefined;
  readonly controlHosts: readonly string[];
  readonly threads: number | "auto";
  readonly drainDelayMs: number;
  readonly drainMs: number;
  /** Undefined for plain HTTP. */
  readonly tls: ListenerTls | undefined;
  /** Addresses and ranges. */
  readonly trustProxy: readonly string[];
}

export interface JournalSettings {
  readonly fsync: ConfigFile["journal"]["fsync"];
  readonly segmentBytes: number;
  readonly backlogBytesMax: number;
  /** Undefined for never. */
  readonly packAfterMs: number | undefined;
}

export interface BudgetSettings {
  readonly definitions: readonly BudgetDefinition[];
  /** HTTP status of a call that a budget refuses. */
  readonly refusalStatus: 402 | 429;
}

/** A whole, checked configuration with its secrets opened. Nothing in it is looked up again while Tare runs. */
export interface Config {
  /** Twelve hex digits of the text's SHA-256; a secret that changed in its own place does not change it. */
  readonly revision: string;
  readonly listen: Listening;
  readonly data: string;
  readonly currency: string;
  readonly timezone: string;
  /** In the order of the file. */
  readonly providers: readonly ConfiguredProvider[];
  readonly routes: readonly ConfiguredRoute[];
  readonly direct: Omit<Route, "name" | "targets">;
  readonly keys: readonly StaticKey[];
  /** Paths of secrets that stand in the file in clear: they work, and people are warned of them. */
  readonly secretsInClear: readonly string[];
  readonly journal: JournalSettings;
  readonly ledger: { readonly memoryBytes: number };
  readonly retention: ConfigFile["retention"];
  readonly log: ConfigFile["log"];
  readonly limits: ConfigFile["limits"];
  readonly budgets: BudgetSettings;
  readonly stepRates: readonly StepRate[];
  /** What decides how charges from outside are booked. */
  readonly bills: BillRules;
  readonly meters: readonly MeterSettings[];
  /** Whose usage and cost reports are fetched. */
  readonly reports: readonly ReportSettings[];
  /** What was paid or promised ahead. */
  readonly commitments: readonly Commitment[];
  readonly objectives: readonly Objective[];
  readonly targets: readonly UnitTarget[];
  readonly economics: EconomicsSettings;
  /** How costs that nobody carries are shared. */
  readonly allocation: AllocationRules;
  /** Undefined when nobody is to be told. */
  readonly alerts: AlertSettings | undefined;
  /** Undefined when no spans and metrics are sent. */
  readonly telemetry: TelemetrySettings | undefined;
}

/**
 * All that may be reached while this configuration is in force, as scheme, host and port: by calls, and by asking for the
 * credentials that a provider wants, which nothing else may use.
 */
export function allowedOrigins({ providers }: Pick<Config, "providers">) {
  const identities = providers.flatMap(({ cloud }) => cloud?.identity ?? []);
  return {
    ofCalls: [...new Set(providers.map(({ origin }) => origin))],
    ofCredentials: [...new Set(identities.flatMap(addressesOf).map((url) => new URL(url).origin))],
  };
}

// The price book knows providers by its own names; where a format's maker serves it, that is the list to use.
export const listOfMaker: Readonly<Record<FormatName, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  gemini: "google",
  bedrock: "aws",
};
