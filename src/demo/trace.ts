/** One call of a trace: when it came and how long its prompt and its answer were. */
export interface TraceRow {
  /** From the beginning of the trace. */
  readonly atMs: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
  /** Which features such a call may belong to; undefined for a trace that does not tell. */
  readonly shape: "code" | "conversation" | undefined;
  /** Names of the prompt's blocks of 512 tokens; equal names at the beginning mean an equal prefix. */
  readonly blocks: readonly number[] | undefined;
}

/** A line that is no row of a trace. `line` counts from 1, the heading included. */
export interface BadTraceLine {
  readonly type: "bad-line";
  readonly line: number;
  readonly detail: string;
}

export const TOKENS_PER_BLOCK = 512;
