import { type Prompt } from "#inference";
import { type Conversation, type PromptTarget, type TargetConversation } from "./conversation.ts";
import { type Loss } from "./prompt-fields.ts";
import { type JsonObject } from "./usage-counts.ts";
import { type AskSource } from "./ask-source.ts";

/** How one format is asked for the tokens of a prompt that is not sent, as pure functions. */
export interface TokenCounting {
  /** The endpoint that counts, as its format names it. */
  readonly path: string;
  /** Whose prompts are counted, and who says errors. */
  readonly conversation: TargetConversation;
  /** What is asked, of the request that the prompt itself would be. */
  ask(request: JsonObject, target: CountTarget): JsonObject;
  tokensIn(answer: JsonObject): unknown;
}

export interface CountTarget {
  readonly model: string;
  /** The place takes the fields of a request side by side, not inside one another. */
  readonly isFlat: boolean;
}

/** The half that a client's format needs. */
export interface ClientCounting extends TokenCounting {
  readonly conversation: Conversation;
  /** The request that the client would send, out of the one that asks for its tokens. */
  open(source: AskSource): AskSource;
  say(tokens: number): JsonObject;
}

/** What makes up a prompt's tokens, where nobody has to be asked for them. */
export interface CountableTexts {
  /** Each is counted by itself. */
  readonly texts: readonly string[];
  /** Tokens that stand around the texts. */
  readonly frames: number;
  /** What of the prompt is in none of them. */
  readonly losses: readonly Loss[];
}

/** Undefined where the count is not known to be exact. */
export type CountLocally = (prompt: Prompt, target: PromptTarget) => CountableTexts | undefined;

/** The members of a request that a counting endpoint takes. */
export function pick(request: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])));
}
