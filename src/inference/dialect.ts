/** Makers of servers that speak OpenAI's format, each a little differently. */
export const dialectNames = [
  "openai",
  "vllm",
  "ollama",
  "llama.cpp",
  "groq",
  "mistral",
  "deepseek",
  "xai",
  "together",
  "fireworks",
  "openrouter",
  "cohere",
  "perplexity",
] as const;
export type DialectName = (typeof dialectNames)[number];
