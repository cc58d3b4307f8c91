import { err, ok, type Result } from "#std";
import { type CallToPlan } from "./plan-attempts.ts";
import { type Provider, type Route } from "./route.ts";

/** Everything a model name is looked up in. */
export interface RouteTable {
  /** In the order of the file: a bare model name goes to the first whose format is the client's. */
  readonly providers: readonly Provider[];
  readonly routes: ReadonlyMap<string, Route>;
  /** What applies where a model is asked for without a route. */
  readonly direct: Omit<Route, "name" | "targets">;
}

/** What a model name means: the route behind it, and the names that a key's list of models may allow it by. */
export interface ResolvedModel {
  readonly route: Route;
  /** The client asked for a configured route by its name. */
  readonly isNamed: boolean;
  readonly names: readonly string[];
}

/** `format_not_served`: the name is known, but nothing behind it speaks the wire format of the call, which cannot be translated. */
export interface ModelProblem {
  readonly type: "unknown_model" | "format_not_served";
  readonly model: string;
}

/** Route, then `provider/model` split at the first slash, then the first provider whose format is the client's. */
export function resolveModel(
  name: string,
  { format, isTranslatable }: Pick<CallToPlan, "format" | "isTranslatable">,
  table: RouteTable,
): Result<ResolvedModel, ModelProblem> {
  const route = table.routes.get(name);
  if (route !== undefined) {
    const isServed = isTranslatable || route.targets.some(({ provider }) => provider.format === format);
    return isServed ? ok({ route, isNamed: true, names: [name] }) : err({ type: "format_not_served", model: name });
  }
  const slash = name.indexOf("/");
  const prefix = slash === -1 ? undefined : name.slice(0, slash);
  const named = prefix === undefined ? undefined : table.providers.find((provider) => provider.name === prefix);
  if (named !== undefined) {
    if (named.format !== format && !isTranslatable) return err({ type: "format_not_served", model: name });
    return resolveDirect(name, { provider: named, model: name.slice(slash + 1) }, table);
  }
  const first = table.providers.find((provider) => provider.format === format);
  return first === undefined
    ? err({ type: "unknown_model", model: name })
    : resolveDirect(name, { provider: first, model: name }, table);
}

function resolveDirect(
  name: string,
  target: Route["targets"][number],
  table: RouteTable,
): Result<ResolvedModel, ModelProblem> {
  if (target.model === "") return err({ type: "unknown_model", model: name });
  const full = `${target.provider.name}/${target.model}`;
  return ok({
    route: { ...table.direct, name, targets: [target] },
    isNamed: false,
    names: name === full ? [full] : [name, full],
  });
}
