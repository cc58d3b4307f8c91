import { reportAddress } from "#reports";
import { closestName } from "#std";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { valueAt } from "./schema-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** Reports of nobody, of a format that has none, or from an address that the key must not be sent to. */
export function reportProblems(yaml: WrittenYaml): readonly ConfigProblem[] {
  const providers = namesAt(yaml, ["providers"]);
  return namesAt(yaml, ["reports"]).flatMap((name): readonly ConfigProblem[] => {
    const path = ["reports", name];
    if (!providers.includes(name)) {
      const meant = closestName(name, providers);
      const problem = { code: "unknown_provider", message: `there is no provider ${name}` } as const;
      const place = { path: pathText(path), ...yaml.locate(path, "key") };
      return [meant === undefined ? { ...problem, ...place } : { ...problem, ...place, suggestion: meant }];
    }
    const [format, written] = [
      valueAt(yaml.plain, ["providers", name, "format"]),
      valueAt(yaml.plain, [...path, "base_url"]),
    ];
    if (typeof format !== "string" || (written !== undefined && typeof written !== "string")) return [];
    const address = reportAddress(format, written);
    if (address.ok) return [];
    const where = written === undefined ? path : [...path, "base_url"];
    return [{ code: "invalid_value", message: address.error, path: pathText(where), ...yaml.locate(where, "value") }];
  });
}

function namesAt({ plain }: WrittenYaml, path: ConfigPath): readonly string[] {
  const value = valueAt(plain, path);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
