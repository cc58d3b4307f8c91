import { endpointProblem } from "#telemetry";
import { type ConfigProblem, pathText } from "./config-problem.ts";
import { DEFAULT_CONTROL_PORT, DEFAULT_PORT } from "./listen-section.ts";
import { valueAt } from "./schema-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

const ENDPOINT = ["telemetry", "otlp", "endpoint"];
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0|\[::\])$/;

/** An address that nothing can be sent to, or that is our own: our spans would come back as steps of our calls. */
export function telemetryProblems(yaml: WrittenYaml): readonly ConfigProblem[] {
  const endpoint = valueAt(yaml.plain, ENDPOINT);
  if (typeof endpoint !== "string") return [];
  const headers = valueAt(yaml.plain, ["telemetry", "otlp", "headers"]);
  const hasHeaders = typeof headers === "object" && headers !== null && Object.keys(headers).length > 0;
  const message = endpointProblem(endpoint, { hasHeaders }) ?? ownListener(yaml, new URL(endpoint));
  if (message === undefined) return [];
  return [{ code: "invalid_value", message, path: pathText(ENDPOINT), ...yaml.locate(ENDPOINT, "value") }];
}

function ownListener(yaml: WrittenYaml, { hostname, port, protocol }: URL): string | undefined {
  const said = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const ours = [
    valueAt(yaml.plain, ["listen", "port"]) ?? DEFAULT_PORT,
    valueAt(yaml.plain, ["listen", "control_port"]) ?? DEFAULT_CONTROL_PORT,
    valueAt(yaml.plain, ["listen", "otlp_port"]),
  ];
  const host = valueAt(yaml.plain, ["listen", "host"]);
  const isHere = LOOPBACK.test(hostname) || hostname === host || `[${String(host)}]` === hostname;
  if (!isHere || !ours.includes(said)) return undefined;
  return "is Tare itself, which would take its own spans for steps; write a collector's address";
}
