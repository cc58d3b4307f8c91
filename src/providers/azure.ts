import { type Cloud, type Operation } from "#inference";
import { type TargetFormat } from "./wire-format.ts";

type Azure = Extract<Cloud, { type: "azure" }>;

/** Kept by the account, not by one deployment. */
const ofAccount: ReadonlySet<Operation | "not-built"> = new Set(["response", "response-read", "file"]);

/**
 * OpenAI's format as Azure serves it. The newer API is OpenAI's own. The older one has the key in a header of its own, the
 * deployment in the path in place of the model's name, and its version in the query; a token goes where tokens go.
 */
export function onAzure(format: TargetFormat, { apiVersion, identity }: Azure): TargetFormat {
  if (apiVersion === undefined) return format;
  return {
    ...format,
    cannotCount: true,
    credentialHeaders: (secret) =>
      identity === undefined ? ["api-key", secret.reveal()] : ["authorization", `Bearer ${secret.reveal()}`],
    upstreamPath(source, model) {
      const path = format.upstreamPath(source, model);
      const isOfAccount = model === undefined || ofAccount.has(source.endpoint.operation);
      const deployment = isOfAccount ? "" : `/deployments/${encodeURIComponent(model)}`;
      return `/openai${deployment}${path}${path.includes("?") ? "&" : "?"}api-version=${encodeURIComponent(apiVersion)}`;
    },
  };
}
