import { fillPath } from "../upstream-path.ts";
import { type AskSource, type Endpoint } from "../wire-format.ts";

/** Paths below the provider's base URL. No client of the gateway speaks this format. */
export const endpoints: readonly Endpoint[] = [verb("converse"), verb("converse-stream")];

function verb(name: string): Endpoint {
  const path = `/model/{model}/${name}`;
  return { method: "POST", path, upstreamPath: path, operation: "chat", body: "json", modelParameter: "model" };
}

/** A model is named by its id, that of an inference profile, or an ARN; colons and slashes in it are encoded. */
export function upstreamPath(source: Omit<AskSource, "body" | "contentType">, model: string | undefined): string {
  return fillPath(source, { model: model ?? source.parameters["model"] ?? "" });
}
