import { type ConfigFile } from "./config-file.ts";
import { type Config } from "./config.ts";
import { type FoundSecrets } from "./secrets.ts";

/** The meters of the file with what their exporters want to be told. */
export function toMeters({ meters }: ConfigFile, secrets: FoundSecrets): Config["meters"] {
  return meters.map((meter, index) => ({
    ...meter,
    exporters: meter.exporters.map((exporter, place) => ({
      ...exporter,
      authorization: secrets.at(["meters", index, "exporters", place, "authorization"]),
    })),
  }));
}
