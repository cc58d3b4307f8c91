import { closestName } from "#std";
import { type ConfigPath, type ConfigProblem, pathText } from "./config-problem.ts";
import { DEFAULT_CONTROL_PORT, DEFAULT_PORT } from "./listen-section.ts";
import { valueAt } from "./schema-problems.ts";
import { type WrittenYaml } from "./written-yaml.ts";

/** Names that lead nowhere or mean two things; works on what was written, so that other mistakes do not hide these. */
export function referenceProblems(yaml: WrittenYaml): readonly ConfigProblem[] {
  return [
    ...unknownProviders(yaml),
    ...repeatedKeyNames(yaml),
    ...sharedPorts(yaml),
    ...unratedBills(yaml),
    ...strangeCommitments(yaml),
  ];
}

function unknownProviders(yaml: WrittenYaml): readonly ConfigProblem[] {
  const providers = namesAt(yaml.plain, ["providers"]);
  return namesAt(yaml.plain, ["routes"]).flatMap((route) =>
    itemsAt(yaml.plain, ["routes", route, "targets"]).flatMap((written, index) => {
      const target = typeof written === "string" ? written : valueAt(written, ["target"]);
      const name =
        typeof target === "string" && target.includes("/") ? target.slice(0, target.indexOf("/")) : undefined;
      if (name === undefined || providers.includes(name)) return [];
      const meant = closestName(name, providers);
      const problem = problemAt(yaml, ["routes", route, "targets", index], {
        code: "unknown_provider",
        message: `there is no provider ${name}`,
      });
      return [meant === undefined ? problem : { ...problem, suggestion: meant }];
    }),
  );
}

function repeatedKeyNames(yaml: WrittenYaml): readonly ConfigProblem[] {
  const seen = new Set<unknown>();
  return itemsAt(yaml.plain, ["keys"]).flatMap((_, index) => {
    const name = valueAt(yaml.plain, ["keys", index, "name"]);
    if (name === undefined || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = "another key has this name already";
    return [problemAt(yaml, ["keys", index, "name"], { code: "duplicate_name", message })];
  });
}

const listeners = [
  { field: "port", standard: DEFAULT_PORT, of: "data plane" },
  { field: "control_port", standard: DEFAULT_CONTROL_PORT, of: "control API" },
  { field: "otlp_port", standard: undefined, of: "spans" },
] as const;

function sharedPorts(yaml: WrittenYaml): readonly ConfigProblem[] {
  const places = listeners.map(({ field, standard, of }) => {
    const written = valueAt(yaml.plain, ["listen", field]);
    return { field, of, port: written ?? standard, isWritten: written !== undefined };
  });
  return places.flatMap((place, index) => {
    const other = places.slice(0, index).find(({ port }) => port === place.port);
    if (other === undefined || place.port === 0) return [];
    const [told, taken] = place.isWritten ? [place, other] : [other, place];
    const message = `is the port of the ${taken.of} too; each listener needs one of its own`;
    return [problemAt(yaml, ["listen", told.field], { code: "invalid_value", message })];
  });
}

/** Nothing would ever draw on it. */
function strangeCommitments(yaml: WrittenYaml): readonly ConfigProblem[] {
  const providers = namesAt(yaml.plain, ["providers"]);
  return itemsAt(yaml.plain, ["commitments"]).flatMap((commitment, index) => {
    const name = valueAt(commitment, ["provider"]);
    if (typeof name !== "string" || providers.includes(name)) return [];
    const meant = closestName(name, providers);
    const problem = problemAt(yaml, ["commitments", index, "provider"], {
      code: "unknown_provider",
      message: `there is no provider ${name}`,
    });
    return [meant === undefined ? problem : { ...problem, suggestion: meant }];
  });
}

/** A recurring bill would not be booked while nobody says what its currency is worth. */
function unratedBills(yaml: WrittenYaml): readonly ConfigProblem[] {
  const own = valueAt(yaml.plain, ["currency"]) ?? "USD";
  const rates = itemsAt(yaml.plain, ["exchange_rates"]);
  return itemsAt(yaml.plain, ["bills", "recurring"]).flatMap((bill, index) => {
    const [amount, from] = [valueAt(bill, ["amount"]), valueAt(bill, ["from"])];
    const currency = typeof amount === "string" ? amount.split(" ")[1] : undefined;
    if (currency === undefined || currency === own || typeof from !== "string") return [];
    const isRated = rates.some((rate) => {
      const since = valueAt(rate, ["from"]);
      return valueAt(rate, ["currency"]) === currency && typeof since === "string" && since <= `${from}-01`;
    });
    if (isRated) return [];
    const message = `no rate of ${currency} holds on ${from}-01; add one to exchange_rates`;
    return [problemAt(yaml, ["bills", "recurring", index, "amount"], { code: "invalid_value", message })];
  });
}

function problemAt(yaml: WrittenYaml, path: ConfigPath, told: Pick<ConfigProblem, "code" | "message">): ConfigProblem {
  return { ...told, path: pathText(path), ...yaml.locate(path, "value") };
}

function namesAt(plain: unknown, path: ConfigPath): readonly string[] {
  const value = valueAt(plain, path);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function itemsAt(plain: unknown, path: ConfigPath): readonly unknown[] {
  const value = valueAt(plain, path);
  return Array.isArray(value) ? value : [];
}
