import { type Operation } from "#inference";
import { fillPath } from "../upstream-path.ts";
import { type AskSource, type Endpoint } from "../ask-source.ts";

/** Paths below the provider's base URL. No client of the gateway speaks this format. */
export const endpoints: readonly Endpoint[] = [
  verb("converse", "chat"),
  verb("converse-stream", "chat"),
  verb("count-tokens", "count-tokens"),
];

function verb(name: string, operation: Operation): Endpoint {
  const path = `/model/{model}/${name}`;
  return { method: "POST", path, upstreamPath: path, operation, body: "json", modelParameter: "model" };
}

/** A model is named by its id, that of an inference profile, or an ARN; colons and slashes in it are encoded. */
export function upstreamPath(source: Omit<AskSource, "body" | "contentType">, model: string | undefined): string {
  const named = model ?? source.parameters["model"] ?? "";
  const isCount = source.endpoint.operation === "count-tokens";
  return fillPath(source, { model: isCount ? named.replace(PROFILE, "") : named });
}

/** What an inference profile of several regions puts before a model's id. Tokens are counted by models alone. */
const PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?=[a-z]+\.)/;
