import { type Usage } from "./usage.ts";

/** How an answer ended: with its protocol's own terminal mark, with an error, before its end, or still being made. */
export type AnswerEnd = "complete" | "error" | "cut" | "background";

/** The error type of an answer that is none because the prompt does not fit the model, however its provider says it. */
export const CONTEXT_LENGTH_EXCEEDED = "context_length_exceeded";

/** The error type of an answer that is none because the account at its provider cannot pay or has used up its quota of the day, however its provider says it. */
export const INSUFFICIENT_QUOTA = "insufficient_quota";

/** The error type of an answer that is none because the account cannot pay what this one call may cost: a smaller one it can. */
export const CALL_ABOVE_CREDIT = "call_above_credit";

/** What was read of an answer while it was relayed; none of its content. */
export interface AnswerFacts {
  readonly end: AnswerEnd;
  readonly usage: Usage | undefined;
  /** Nothing more will be counted, though the terminal mark may not have come: what was cut off after this is known exactly. */
  readonly isUsageFinal?: boolean;
  /** It is no document of its format, so nothing was read of it: sound, or a page that stands in an answer's place. */
  readonly isUnread?: boolean;
  /** Pictures, vectors or verdicts that it holds, and 0 of a chat without any choice; undefined where there is no list to be counted. */
  readonly items?: number | undefined;
  /** The provider's own usage object as JSON text, at most 4 KiB. */
  readonly reported: string | undefined;
  /** The model that served, as the answer names it. */
  readonly model: string | undefined;
  /** The service tier that the answer says was billed. */
  readonly tier: string | undefined;
  readonly upstreamId: string | undefined;
  /** The provider keeps this answer under `upstreamId`, so it can be read or referred to later. */
  readonly isStored: boolean;
  /** The error's own type or code, when the answer is one, or one of the three above. */
  readonly errorType: string | undefined;
  /** Bytes of generated content seen so far, for the estimate of a cancelled answer. */
  readonly contentBytes: number;
}
