/** What servers that speak OpenAI's chat do differently from OpenAI. */
export interface Dialect {
  readonly outputCapField: "max_completion_tokens" | "max_tokens";
  /** Where a turn of the assistant carries its reasoning back; undefined where there is no such field. */
  readonly reasoningField: "reasoning_content" | "reasoning_details" | undefined;
}

export const plainDialect: Dialect = { outputCapField: "max_completion_tokens", reasoningField: undefined };
