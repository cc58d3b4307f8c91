import { type AskSource } from "./ask-source.ts";

/** Parameters that carry a credential: they end at the gateway. */
const credentialParameters: ReadonlySet<string> = new Set(["key", "api_key", "api-key", "access_token", "oauth_token"]);

/** Fills the parameters into an endpoint's path, encoded, and adds the query that may go on. */
export function fillPath(
  { endpoint, parameters, query }: Omit<AskSource, "body" | "contentType">,
  replaced: Readonly<Record<string, string>> = {},
): string {
  const isFixed = !endpoint.upstreamPath.includes("{");
  if (isFixed && query.size === 0) return endpoint.upstreamPath;
  const path = endpoint.upstreamPath.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(replaced[name] ?? parameters[name] ?? ""),
  );
  const rest = new URLSearchParams(
    [...query].filter(([name]) => !credentialParameters.has(name.toLowerCase().replace(/^\$/, ""))),
  );
  return rest.size === 0 ? path : `${path}?${rest.toString()}`;
}
