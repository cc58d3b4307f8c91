import { awsProblems } from "./aws-problems.ts";
import { azureProblems } from "./azure-problems.ts";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { isMetadataHost } from "./credential-address.ts";
import { type Look } from "./provider-look.ts";
import { valueAt } from "./schema-problems.ts";
import { type FoundSecrets } from "./secrets.ts";
import { vertexProblems } from "./vertex-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** Clouds that do not fit their provider's format, and credentials of which a part is missing or one too many. */
export function cloudProblems(yaml: WrittenYaml, secrets: FoundSecrets): readonly ConfigProblem[] {
  const providers = valueAt(yaml.plain, ["providers"]);
  const names = typeof providers === "object" && providers !== null ? Object.keys(providers) : [];
  return names.flatMap((name) => {
    const look: Look = {
      at: (...path) => valueAt(yaml.plain, ["providers", name, ...path]),
      told: (path, code, message) => problemAt(yaml, ["providers", name, ...path], { code, message }),
      secretAt: (...path) => secrets.at(["providers", name, ...path])?.reveal(),
    };
    return [
      ...addressProblems(look),
      ...formatProblems(look),
      ...awsProblems(look),
      ...vertexProblems(look),
      ...azureProblems(look),
    ];
  });
}

/** Calls would carry what a client writes to where this machine's credentials are given out, and its answer back. */
function addressProblems({ at, told }: Look): readonly ConfigProblem[] {
  const written = at("base_url");
  const url = typeof written === "string" ? URL.parse(written) : null;
  if (url === null || !isMetadataHost(url.hostname)) return [];
  return [told(["base_url"], "invalid_value", "is the metadata service of a machine, where no model is served")];
}

function formatProblems({ at, told }: Look): readonly ConfigProblem[] {
  const format = at("format");
  const isBedrock = format === "bedrock";
  const problems: ConfigProblem[] = [];
  if (isBedrock && at("aws") === undefined) {
    problems.push(told([], "missing_field", "aws is missing: a provider of the format bedrock says its region there"));
  }
  if (!isBedrock && at("aws") !== undefined) {
    problems.push(told(["aws"], "invalid_value", "belongs to providers of the format bedrock"));
  }
  if (format !== "gemini" && format !== "anthropic" && at("vertex") !== undefined) {
    problems.push(told(["vertex"], "invalid_value", "belongs to providers of the formats gemini and anthropic"));
  }
  for (const field of ["api_version", "azure"].filter((name) => format !== "openai" && at(name) !== undefined))
    problems.push(told([field], "invalid_value", "belongs to providers of the format openai"));
  return problems;
}

function problemAt(yaml: WrittenYaml, path: ConfigPath, told: Pick<ConfigProblem, "code" | "message">): ConfigProblem {
  return { ...told, path: pathText(path), ...yaml.locate(path, "value") };
}
