/** The wire formats a provider may speak, whatever it is called. Clients speak all but the last, which is a target's only. */
export const formatNames = ["openai", "anthropic", "gemini", "bedrock"] as const;
export type FormatName = (typeof formatNames)[number];

/** What a call asks for, whatever the path is called in its wire format. */
export const operations = [
  "chat",
  "completion",
  "response",
  "response-read",
  "embedding",
  "moderation",
  "image",
  "speech",
  "transcription",
  "count-tokens",
  "file",
] as const;
export type Operation = (typeof operations)[number];
