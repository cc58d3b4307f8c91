import { compilePaths } from "../json-paths.ts";

/**
 * Everything that is read of a Gemini request; each key here is a controlled key. Protocol buffers may be written in two
 * spellings, which are the same field.
 */
export const askPaths = compilePaths([
  "model",
  "generateContentRequest|generate_content_request.model",
  "requests",
  "requests[].model",
  "contents",
  "contents[].parts[].inlineData|inline_data",
  "contents[].parts[].fileData|file_data",
  "contents[].parts[].functionResponse|function_response.parts[].inlineData|inline_data",
  "contents[].parts[].functionResponse|function_response.parts[].fileData|file_data",
  "systemInstruction|system_instruction",
  "systemInstruction|system_instruction.parts[].inlineData|inline_data",
  "systemInstruction|system_instruction.parts[].fileData|file_data",
  "tools",
  "tools[]",
  "tools[].functionDeclarations|function_declarations",
  "cachedContent|cached_content",
  "serviceTier|service_tier",
  "generationConfig|generation_config",
  "generationConfig|generation_config.maxOutputTokens|max_output_tokens",
  "generationConfig|generation_config.candidateCount|candidate_count",
  "generationConfig|generation_config.responseModalities|response_modalities",
]);
