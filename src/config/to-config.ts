import { createHash } from "node:crypto";
import { type DialectName, dialectNames } from "#inference";
import { formatAt } from "#providers";
import { type Route } from "#routing";
import { assert } from "#std";
import { instant } from "#units";
import { type ConfigFile } from "./config-file.ts";
import {
  type BudgetSettings,
  type Config,
  type ConfiguredProvider,
  type ConfiguredRoute,
  listOfMaker,
  type StaticKey,
} from "./config.ts";
import { type ListenerTls } from "./listener-tls.ts";
import { type FoundSecrets } from "./secrets.ts";
import { toCloud } from "./to-cloud.ts";
import { toReports } from "./to-reports.ts";
import { toMeters } from "./to-meters.ts";
import { toTelemetry } from "./to-telemetry.ts";

interface Found {
  readonly secrets: FoundSecrets;
  readonly tls: ListenerTls | undefined;
  readonly text: string;
}

/** The configuration as the program uses it; `file` has passed every check and `secrets` holds all it refers to. */
export function toConfig(file: ConfigFile, { secrets, tls, text }: Found): Config {
  const { listen, journal } = file;
  return {
    revision: createHash("sha256").update(text).digest("hex").slice(0, 12),
    listen: {
      host: listen.host,
      port: listen.port,
      controlPort: listen.control_port,
      otlpPort: listen.otlp_port,
      controlHosts: listen.control_hosts,
      threads: listen.threads,
      drainDelayMs: listen.drain_delay,
      drainMs: listen.drain,
      tls,
      trustProxy: listen.trust_proxy,
    },
    data: file.data,
    currency: file.currency,
    timezone: file.timezone,
    providers: Object.entries(file.providers).map(([name, section]) => toProvider(name, section, secrets)),
    routes: Object.entries(file.routes).map(([name, section]) => toRoute(name, section)),
    direct: { ...toPolicy(file.direct), defaults: {} },
    secretsInClear: secrets.inClear,
    keys: file.keys.map((section, index) => toKey(section, { index, secrets })),
    journal: {
      fsync: journal.fsync,
      segmentBytes: journal.segment_size,
      backlogBytesMax: journal.backlog_max,
      packAfterMs: journal.pack_after === "never" ? undefined : journal.pack_after,
    },
    ledger: { memoryBytes: file.ledger.memory },
    retention: file.retention,
    log: file.log,
    limits: file.limits,
    budgets: toBudgets(file),
    stepRates: file.step_rates,
    meters: toMeters(file, secrets),
    bills: { currency: file.currency, rates: file.exchange_rates, bills: file.bills },
    reports: toReports(file, secrets),
    commitments: file.commitments,
    objectives: file.slos,
    targets: file.targets,
    economics: file.economics,
    allocation: file.allocation,
    alerts: toAlerts(file, secrets),
    telemetry: toTelemetry(file, secrets),
  };
}

function toAlerts({ alerts }: ConfigFile, secrets: FoundSecrets): Config["alerts"] {
  if (alerts === undefined) return undefined;
  const url = secrets.at(["alerts", "url"]);
  assert(url !== undefined, "every secret of a checked configuration was found");
  return { url, secret: secrets.at(["alerts", "secret"]), format: alerts.format, events: alerts.events };
}

function toBudgets({ budgets, timezone }: ConfigFile): BudgetSettings {
  if (typeof budgets === "function") return { definitions: budgets(timezone), refusalStatus: 402 };
  return { definitions: budgets.list(timezone), refusalStatus: budgets.refusal_status };
}

type ProviderFields = ConfigFile["providers"][string];

function toProvider(name: string, section: ProviderFields, secrets: FoundSecrets): ConfiguredProvider {
  const cloud = toCloud(section, { path: ["providers", name], secrets });
  const url = new URL(section.base_url ?? formatAt(section.format, cloud).defaultBaseUrl);
  return {
    name,
    format: section.format,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    apiKey: secrets.at(["providers", name, "api_key"]),
    moreKeys: section.more_keys.flatMap((_, index) => secrets.at(["providers", name, "more_keys", index]) ?? []),
    priceList: section.prices ?? (section.base_url === undefined ? listOfMaker[section.format] : undefined),
    rates: section.rates,
    region: section.region,
    onClientGone: section.on_client_gone,
    trace: section.trace,
    streamUsage: section.stream_usage,
    dialect: section.dialect ?? makersDialect(section),
    cloud,
  };
}

/** What stands at the maker's own address is the maker's. */
function makersDialect({ format, base_url }: ProviderFields): DialectName | undefined {
  return base_url === undefined ? dialectNames.find((name) => name === format) : undefined;
}

function toRoute(name: string, section: ConfigFile["routes"][string]): ConfiguredRoute {
  const defaults = Object.entries(section.defaults).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const { targets, strategy, otherwise: lastResort, hedge: hedging } = section;
  return { name, targets, strategy, lastResort, hedging, ...toPolicy(section), defaults: Object.fromEntries(defaults) };
}

function toPolicy(section: ConfigFile["direct"]) {
  const { connect, first_byte, idle, total } = section.timeouts;
  const timeouts: Route["timeouts"] = { connectMs: connect, firstByteMs: first_byte, idleMs: idle, totalMs: total };
  return {
    retries: section.retries,
    regions: section.region,
    cache: section.cache,
    timeouts,
    maxOutputTokens: section.max_output_tokens,
    minOutputTokens: section.min_output_tokens,
    holdCeiling: section.hold_ceiling,
    onUnsupported: section.on_unsupported,
  };
}

function toKey(
  section: ConfigFile["keys"][number],
  { index, secrets }: { index: number; secrets: FoundSecrets },
): StaticKey {
  const secret = secrets.at(["keys", index, "secret"]);
  assert(secret !== undefined, "every secret of a checked configuration was found");
  const { name, team, feature, customer, environment, models, expires_at } = section;
  const expiresAt = expires_at === undefined ? undefined : instant(Date.parse(expires_at));
  return {
    name,
    secret,
    team,
    feature,
    customer,
    environment,
    models,
    expiresAt,
    maxOutputTokens: section.max_output_tokens,
    maxContextTokens: section.max_context,
    requireInteraction: section.require_interaction ?? false,
  };
}
