import { type DialectName } from "#inference";
import { type PromptTarget } from "./conversation.ts";
import { type PartAnswer } from "./joined-answer.ts";
import { type AskSource, type BadAsk, type Endpoint } from "./ask-source.ts";
import { type Ask, type TargetFormat, type WireFormat } from "./wire-format.ts";

/** A call that arrived in one format, and the target of another that it is to reach. */
export interface TranslationTask {
  readonly source: AskSource;
  readonly client: WireFormat;
  /** The target's. */
  readonly format: TargetFormat;
  readonly target: Omit<PromptTarget, "dialect">;
  /** Who made the target's server, where it is not the maker of the format. */
  readonly dialect: DialectName | undefined;
  /** Fields that the target has no place for are left out in place of refusing the call. */
  readonly mayDrop: boolean;
  readonly call: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

/**
 * `unsupported_field`: the target has no place for it, and the route does not allow to leave it out. `no_token_count`: nobody
 * can be asked how many tokens it has, and they cannot be counted here exactly.
 */
export type TranslationProblem =
  | BadAsk
  | { readonly type: "unsupported_field"; readonly field: string }
  | { readonly type: "no_token_count" };

/** A call as its target is to get it, with the way back for its answer. */
export interface Translation {
  /** The target's format as far as bytes go there, the client's as far as they come back. */
  readonly format: WireFormat;
  readonly endpoint: Endpoint;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly ask: Ask;
  /** What was left out, in the words of the client's request where it has them. */
  readonly dropped: readonly string[];
  /** Undefined where only the body was changed, and headers are the client's and the provider's own. */
  readonly wire: TranslatedWire | undefined;
  /** One call that has to be asked for in several requests; `body` is what they are together. */
  readonly parts?: TranslatedParts;
  /** The call asks for a count of tokens that is made here: nothing is sent. */
  readonly count?: LocalCount;
}

export interface TranslatedParts {
  readonly bodies: readonly Buffer[];
  /** The answers so far, in the order of the requests, as the one answer that the translation's format reads. */
  join(answers: readonly PartAnswer[]): Buffer;
}

export interface LocalCount {
  /** Each is counted by itself with the tokenizer of the target's model. */
  readonly texts: readonly string[];
  /** The whole answer, by the tokens of all texts together. */
  answer(tokensOfTexts: number): Buffer;
}

export interface TranslatedWire {
  readonly requestHeaders: readonly string[];
  /** Flat headers of the answer as the client gets them, from the provider's. */
  answerHeaders(status: number, headers: readonly string[]): readonly string[];
}
