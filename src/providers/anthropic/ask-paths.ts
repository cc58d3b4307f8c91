import { compilePaths } from "../json-paths.ts";

/** Everything that is read of a request in the Messages format; each key here is a controlled key. */
export const askPaths = compilePaths([
  "model",
  "stream",
  "max_tokens",
  "service_tier",
  "speed",
  "inference_geo",
  "metadata",
  "metadata.user_id",
  "container",
  "container.id",
  "mcp_servers",
  "tools",
  "tools[].type",
  "tools[].cache_control.ttl",
  "cache_control.ttl",
  "system",
  "system[].cache_control.ttl",
  "messages",
  "messages[].content[].cache_control.ttl",
  "messages[].content[].source",
  "messages[].content[].source.type",
  "messages[].content[].source.file_id",
  "messages[].content[].file_id",
  "messages[].content[].content[].cache_control.ttl",
  "messages[].content[].content[].source",
  "messages[].content[].content[].source.type",
  "messages[].content[].content[].source.file_id",
]);

export type AskPath = keyof typeof askPaths.at;
