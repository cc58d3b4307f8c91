import { join } from "node:path";
import { type Books } from "#books";
import { type Config } from "#config";
import { type Seller, Telemetry } from "#telemetry";
import { type World } from "#world";
import { type Log } from "./log.ts";
import { VERSION } from "./product.ts";

type Provider = Config["providers"][number];

const NODE_BYTES_MAX = 128;
const MARK = "telemetry-until";

/** `config`: the one in force. */
export function officeTelemetry(
  world: World,
  { folder, books, config, log }: { folder: string; books: Books; config: () => Config; log: Log },
): Telemetry {
  return new Telemetry({
    world,
    version: VERSION,
    instance: world.disk.read(join(folder, "node"), 0, NODE_BYTES_MAX)?.toString("utf8").trim() ?? "node",
    sellerOf: sellers(config),
    mark: { read: () => books.settings.get(MARK), write: (text) => books.settings.set(MARK, text) },
    log,
  });
}

/** Found once for each configuration, as it is asked for each entry. */
function sellers(config: () => Config): (provider: string) => Seller {
  let of: readonly Provider[] = [];
  let found: ReadonlyMap<string, Seller> = new Map();
  return (provider) => {
    const { providers } = config();
    if (of !== providers) {
      of = providers;
      found = new Map(providers.map((each) => [each.name, sellerOf(each)]));
    }
    return found.get(provider) ?? { name: provider, address: undefined, port: undefined };
  };
}

function sellerOf(provider: Provider): Seller {
  const { hostname, port, protocol } = new URL(provider.origin);
  return {
    name: nameOf(provider),
    address: hostname,
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}

/** The conventions' names for whoever they know; the configuration's own for others. */
function nameOf({ name, format, cloud, dialect, priceList }: Provider): string {
  if (cloud !== undefined) return clouds[cloud.type];
  if (format === "bedrock") return clouds.aws;
  if (dialect !== undefined) return dialects.get(dialect) ?? dialect;
  return makers.get(`${format} by ${priceList}`) ?? name;
}

const clouds = { azure: "azure.ai.openai", vertex: "gcp.vertex_ai", aws: "aws.bedrock" } as const;
const makers: ReadonlyMap<string, string> = new Map([
  ["anthropic by anthropic", "anthropic"],
  ["gemini by google", "gcp.gemini"],
]);
const dialects: ReadonlyMap<string, string> = new Map([
  ["mistral", "mistral_ai"],
  ["xai", "x_ai"],
]);
