/** Names under which models that are asked for by an alias say that they served. */
const snapshots: Readonly<Record<string, string>> = {
  "gpt-4o": "gpt-4o-2024-08-06",
  "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "gpt-4.1": "gpt-4.1-2025-04-14",
  "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
  "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
  "gpt-5": "gpt-5-2025-08-07",
  "gpt-5-mini": "gpt-5-mini-2025-08-07",
  "gpt-5-nano": "gpt-5-nano-2025-08-07",
  "o4-mini": "o4-mini-2025-04-16",
  "claude-haiku-4-5": "claude-haiku-4-5-20251001",
  "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
  "claude-opus-4-1": "claude-opus-4-1-20250805",
};

export function servedModel(asked: string): string {
  return snapshots[asked] ?? asked;
}

/** No simulated provider has a model whose name begins like this, so that tests can ask for one that is not there. */
export function isMissing(model: string): boolean {
  return model === "" || model.startsWith("missing");
}

export function reasonsByItself(model: string): boolean {
  return /^(?:o\d|gpt-5|gemini-2\.5|gemini-3)/.test(model) && !model.includes("flash-lite");
}
