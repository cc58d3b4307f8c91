import { type Operation } from "#inference";
import { type TargetFormat } from "./wire-format.ts";

/** Kept by the account, not by one deployment. */
const ofAccount: ReadonlySet<Operation | "not-built"> = new Set(["response", "response-read", "file"]);

/**
 * OpenAI's format as Azure serves it: the key in a header of its own, the deployment in the path in place of the model's
 * name, and the version of the API in the query.
 */
export function onAzure(format: TargetFormat, apiVersion: string): TargetFormat {
  return {
    ...format,
    cannotCount: true,
    credentialHeaders: (secret) => ["api-key", secret.reveal()],
    upstreamPath(source, model) {
      const path = format.upstreamPath(source, model);
      const isOfAccount = model === undefined || ofAccount.has(source.endpoint.operation);
      const deployment = isOfAccount ? "" : `/deployments/${encodeURIComponent(model)}`;
      return `/openai${deployment}${path}${path.includes("?") ? "&" : "?"}api-version=${encodeURIComponent(apiVersion)}`;
    },
  };
}
