/** Whoever made the reasoning can alone read this: a signature over it, or the reasoning itself in encrypted form. */
export interface Seal {
  /** Name of the conversation format that the seal belongs to. */
  readonly maker: string;
  /** Opaque, and given back byte for byte. */
  readonly value: string;
}

/** How long the client wants the provider to keep everything up to here in its prompt cache. */
export type CacheMark = "5m" | "1h";

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly cache?: CacheMark | undefined;
}

/** The model's own words on why it does not answer, where its format tells them apart from text. */
export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

export type MediaKind = "image" | "document" | "audio" | "video";

export interface MediaPart {
  readonly type: "media";
  readonly kind: MediaKind;
  readonly source: MediaSource;
  readonly name?: string | undefined;
  /** How closely an image is to be looked at. */
  readonly detail?: "low" | "high" | undefined;
  readonly cache?: CacheMark | undefined;
}

export type MediaSource =
  | { readonly type: "inline"; readonly mimeType: string; readonly base64: string }
  | { readonly type: "url"; readonly url: string; readonly mimeType?: string | undefined };

/**
 * Reasoning in the open, as far as its maker shows it. A seal closes it; one without text belongs to the part that
 * follows.
 */
export interface ThinkingPart {
  readonly type: "thinking";
  readonly text: string;
  readonly seal: Seal | undefined;
}

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** JSON text; the empty text stands for no arguments. */
  readonly input: string;
  readonly cache?: CacheMark | undefined;
}

export interface ToolResultPart {
  readonly type: "tool-result";
  readonly id: string;
  /** Of the tool that was called; undefined where the call is not in the prompt. */
  readonly name: string | undefined;
  readonly content: readonly (TextPart | MediaPart)[];
  readonly isError: boolean;
  readonly cache?: CacheMark | undefined;
}

/** One piece of a turn. */
export type Part = TextPart | RefusalPart | MediaPart | ThinkingPart | ToolCallPart | ToolResultPart;
