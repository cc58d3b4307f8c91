import { type TargetFormat } from "./wire-format.ts";

export const JSON_TYPE = "application/json";
export const STREAM_TYPE = "text/event-stream";

/** What of the provider's headers still means something to a client of another format. */
const KEPT: ReadonlySet<string> = new Set(["retry-after", "retry-after-ms", "x-should-retry", "date"]);

interface Sides {
  readonly client: TargetFormat;
  readonly format: TargetFormat;
}

/** Flat headers of an answer as its client gets them, from the provider's. */
export function answerHeaders({ client, format }: Sides, type: string, headers: readonly string[]): readonly string[] {
  const said = ["content-type", type];
  let id: string | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    if (KEPT.has(name.toLowerCase())) said.push(name, value);
    if (format.upstreamIdHeaders.includes(name.toLowerCase())) id ??= value;
  }
  const [ownId] = client.upstreamIdHeaders;
  return id === undefined || ownId === undefined ? said : [...said, ownId, id];
}

/** Flat headers of a request that was made here; nothing of the client's goes to a provider of another format. */
export function requestHeaders(accepted: string, own: readonly string[]): readonly string[] {
  return ["content-type", JSON_TYPE, "accept", accepted, "accept-encoding", "identity", ...own];
}
