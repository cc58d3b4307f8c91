import { type FormatName, type Operation } from "./operation.ts";

/** Parts of an ask whose cost cannot be bounded from its bytes. */
export type UnboundedPart = "media_by_reference" | "stored_context" | "server_tool" | "media_output";

/** What was read of a request without keeping any of its content; the facts that bounds and estimates are made from. */
export interface AskFacts {
  readonly format: FormatName;
  readonly operation: Operation;
  /** As the client wrote it; absent where the operation has none. */
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly background: boolean;
  /** Length of the body as the client sent it. A token is at least one byte in every byte-level tokenizer. */
  readonly bodyBytes: number;
  readonly messages: number;
  readonly tools: number;
  /** Output tokens at most, for each choice, as the client asked; undefined when it did not say. */
  readonly outputCap: number | undefined;
  readonly choices: number;
  readonly serviceTier: string | undefined;
  /** Input that the client marked to be written to the provider's cache for longer than five minutes. */
  readonly writesLongCache: boolean;
  readonly unbounded: readonly UnboundedPart[];
  /** Pictures, sounds and documents carried in the body, whose tokens do not follow from their bytes; absent when not counted. */
  readonly inlineMedia?: number;
  /** Characters of a text to be spoken, which some speech models are billed by. */
  readonly characters?: number;
  /** Texts to be embedded, each of which is to have a vector in the answer; absent where they are not counted. */
  readonly items?: number;
  /** Ids of earlier answers or files that this request refers to; they pin the provider that made them. */
  readonly references: readonly string[];
}
