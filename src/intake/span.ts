/** Lists of texts are kept where a dialect needs them; maps and lists of maps are not. */
export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** A span as it was sent: its links, its times and the attributes that some dialect reads. Content is not among them. */
export interface Span {
  /** 32 lower-case hex digits. */
  readonly trace: string;
  /** 16 lower-case hex digits. */
  readonly span: string;
  readonly parent: string | undefined;
  readonly name: string;
  /** Epoch milliseconds with fractions, by the sender's clock; undefined where it was not said. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly isFailed: boolean;
  /** Name of the instrumentation that made it. */
  readonly scope: string;
  readonly attributes: Attributes;
  /** Of the program that sent it. */
  readonly resource: Attributes;
}

/** Spans that can be read, and how many could not be. */
export interface ReadSpans {
  readonly spans: readonly Span[];
  readonly rejected: number;
  /** What was wrong with the first that was rejected. */
  readonly reason: string | undefined;
}

/** `code` is what the sender is told; `detail` says where. */
export interface UnreadableBody {
  readonly type: "unreadable";
  readonly code: "invalid_protobuf" | "invalid_json" | "too_deep" | "too_many_spans";
  readonly detail: string;
}

export const SPANS_MAX = 20_000;
export const NAME_CHARACTERS_MAX = 256;
/** Attributes of one span that are looked at; senders keep 128 by default. */
export const ATTRIBUTES_MAX = 512;
/** Longer values of the attributes that are read are left out: none that we need is longer. */
export const VALUE_BYTES_MAX = 16 * 1024;
