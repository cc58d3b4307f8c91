import { compilePaths } from "../json-paths.ts";

/** Everything that is read of a Converse request, which is always one that was translated. */
export const askPaths = compilePaths([
  "messages",
  "messages[].content[].image",
  "messages[].content[].video",
  "messages[].content[].document",
  "messages[].content[].toolResult.content[].image",
  "messages[].content[].toolResult.content[].document",
  "messages[].content[].cachePoint.ttl",
  "system[].cachePoint.ttl",
  "toolConfig.tools",
  "toolConfig.tools[].cachePoint.ttl",
  "inferenceConfig",
  "inferenceConfig.maxTokens",
]);
