/** The wire formats a client may speak. A provider with another name may well speak one of them. */
export const formatNames = ["openai", "anthropic", "gemini"] as const;
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
