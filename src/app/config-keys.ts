import { createHash, type KeyObject } from "node:crypto";
import { KeyDigester, keyHint, type KeyRecord } from "#access";
import { type Config } from "#config";
import { type Instant } from "#units";

/** Static keys of the configuration as the key ring knows them. Their ids follow from their names, so spend keeps adding up. */
export function configKeys(
  config: Config,
  { pepper, at }: { readonly pepper: KeyObject; readonly at: Instant },
): readonly KeyRecord[] {
  return config.keys.map(({ secret, ...key }) => ({
    ...key,
    id: `key_config_${createHash("sha256").update(key.name).digest("hex").slice(0, 16)}`,
    digest: new KeyDigester(pepper).digest(secret),
    hint: keyHint(secret),
    origin: "config",
    createdAt: at,
  }));
}
