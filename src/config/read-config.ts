import { err, ok, type Result } from "#std";
import { cloudProblems } from "./cloud-problems.ts";
import { ConfigFile, configJsonSchema } from "./config-file.ts";
import { type ConfigProblem } from "./config-problem.ts";
import { type Config } from "./config.ts";
import { referenceProblems } from "./reference-problems.ts";
import { schemaProblems } from "./schema-problems.ts";
import { findSecrets, type SecretSources } from "./secrets.ts";
import { toConfig } from "./to-config.ts";
import { findTls } from "./listener-tls.ts";
import { reportProblems } from "./report-problems.ts";
import { telemetryProblems } from "./telemetry-problems.ts";
import { readWrittenYaml } from "./written-yaml.ts";

/** Reads tare.yaml whole: either a configuration that can be run, or every problem with its place, in their order. */
export function readConfig(text: string, sources: SecretSources): Result<Config, readonly ConfigProblem[]> {
  const yaml = readWrittenYaml(text);
  if (!yaml.ok) return yaml;
  // An empty file means all defaults, as an absent section does.
  const written = { ...yaml.value, plain: yaml.value.plain ?? {} };
  const parsed = ConfigFile.safeParse(written.plain);
  const secrets = findSecrets(written, sources);
  const { tls, problems: tlsProblems } = findTls(written, sources);
  const problems = [
    ...written.problems,
    ...referenceProblems(written),
    ...cloudProblems(written, secrets),
    ...telemetryProblems(written),
    ...reportProblems(written),
    ...secrets.problems,
    ...tlsProblems,
  ];
  if (parsed.success && problems.length === 0) return ok(toConfig(parsed.data, { secrets, tls, text }));
  const wrong = schemaProblems(parsed.error?.issues ?? [], { yaml: written, schema: configJsonSchema() });
  return err([...wrong, ...problems].toSorted((left, right) => left.line - right.line || left.column - right.column));
}
