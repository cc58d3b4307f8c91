import { assert } from "#std";
import { type ConfigFile } from "./config-file.ts";
import { type Config } from "./config.ts";
import { type FoundSecrets } from "./secrets.ts";

export function toTelemetry({ telemetry: { otlp } }: ConfigFile, secrets: FoundSecrets): Config["telemetry"] {
  if (otlp === undefined) return undefined;
  const url = new URL(otlp.endpoint);
  const headers = Object.keys(otlp.headers).map((name) => {
    const value = secrets.at(["telemetry", "otlp", "headers", name]);
    assert(value !== undefined, "every secret of a checked configuration was found");
    return { name: name.toLowerCase(), value };
  });
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    headers,
    protocol: otlp.protocol,
    traces: otlp.traces,
    metrics: otlp.metrics,
    metricsEveryMs: otlp.metrics_every,
    sample: otlp.sample,
    serviceName: otlp.service_name,
  };
}
