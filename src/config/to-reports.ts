import { reportAddress } from "#reports";
import { assert } from "#std";
import { type ConfigFile } from "./config-file.ts";
import { type Config } from "./config.ts";
import { type FoundSecrets } from "./secrets.ts";

export function toReports({ reports, providers }: ConfigFile, secrets: FoundSecrets): Config["reports"] {
  return Object.entries(reports).map(([provider, { base_url, every, days }]) => {
    const address = reportAddress(providers[provider]?.format ?? "", base_url);
    const adminKey = secrets.at(["reports", provider, "admin_key"]);
    assert(address.ok && adminKey !== undefined, "a checked configuration has an address and a key for each report");
    return { provider, ...address.value, adminKey, everyMs: every, days };
  });
}
