import { type CacheMark, type Part } from "./part.ts";

/** What a call asks of a model, in words of no format. The model itself is named by the target. */
export interface Prompt {
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** False when the model may call one tool at a time only. */
  readonly parallelTools: boolean | undefined;
  readonly output: OutputShape | undefined;
  readonly reasoning: ReasoningWish | undefined;
  readonly sampling: Sampling;
  /** The last turn is how the answer begins, and the model goes on from there. */
  readonly isBegun?: boolean;
  /** Output tokens at most, reasoning included. */
  readonly outputCap: number | undefined;
  /** For each token of text: its log probability, and so many of the likeliest in its place. Undefined where none are wanted. */
  readonly logprobs: number | undefined;
  readonly verbosity: "low" | "medium" | "high" | undefined;
  readonly user: string | undefined;
  readonly stream: boolean;
  /** The client asked for usage in its stream, or speaks a format that always has it. */
  readonly wantsStreamUsage: boolean;
}

export interface Turn {
  /** Results of tools are told by the user. */
  readonly role: "instructions" | "user" | "assistant";
  readonly parts: readonly Part[];
}

/** A function that the client runs. */
export interface Tool {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of its arguments; undefined when it takes none. */
  readonly schema: JsonSchema | undefined;
  /** The arguments must fit the schema. */
  readonly isStrict: boolean | undefined;
  readonly cache?: CacheMark | undefined;
}

export type JsonSchema = { readonly [key: string]: unknown };

export type ToolChoice =
  | { readonly type: "auto" | "none" }
  /** Some tool must be called; `among` limits which. */
  | { readonly type: "required"; readonly among: readonly string[] | undefined };

export type OutputShape =
  | { readonly type: "json" }
  | {
      readonly type: "schema";
      readonly name: string | undefined;
      readonly description: string | undefined;
      readonly schema: JsonSchema;
      readonly isStrict: boolean | undefined;
    };

export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof efforts)[number];

/** How much to think. A budget is more exact than an effort; where both are given, each target takes what it knows. */
export interface ReasoningWish {
  readonly effort: Effort | undefined;
  readonly budgetTokens: number | undefined;
  /** Whether the client wants to read the reasoning, or a summary of it. */
  readonly isShown: boolean | undefined;
}

export interface Sampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly seed: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly stop: readonly string[] | undefined;
}
