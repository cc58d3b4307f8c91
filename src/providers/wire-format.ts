import { type Result } from "#std";
import {
  type AnswerFacts,
  type AskFacts,
  type AwsAccessKey,
  type DialectName,
  type FormatName,
  type Operation,
} from "#inference";
import { type Instant, type Secret } from "#units";
import { type AskSource, type BadAsk, type Endpoint } from "./ask-source.ts";
import { type EmbeddingTarget } from "./embeddings.ts";
import { type ModelListing } from "./model-listing.ts";

/** A request that was read: its facts, the attribution in its body, and the places where bytes may be changed. */
export interface Ask {
  readonly facts: AskFacts;
  /** `metadata.tare_*` without the prefix, and who the body says the user is. */
  readonly attribution: Readonly<Record<string, string>>;
  readonly bodyUser: string | undefined;
  /** True when the client itself asked for usage in the stream. */
  readonly asksForStreamUsage: boolean;
  /** How the prompt begins for the provider's prompt cache; undefined for a request without one. */
  readonly opening?: (() => Buffer | undefined) | undefined;
  /** The bytes to send upstream with only the permitted changes made (contract 8.4); never re-serialised. */
  rewrite(changes: AskChanges): Buffer;
}

export interface AskChanges {
  /** The model name the provider knows. */
  readonly model: string | undefined;
  /** Written when the client gave none, or a larger one; undefined leaves the request alone. */
  readonly outputCap: number | undefined;
  /** Who made the server: where an operation has two names for the cap, some know the older alone. */
  readonly dialect?: DialectName | undefined;
  /** Adds `stream_options.include_usage` where the format has it and the client did not ask. */
  readonly includeUsage: boolean;
}

export interface AnswerOptions {
  readonly operation: Operation;
  readonly stream: boolean;
  readonly status: number;
  readonly contentType: string | undefined;
  /** We added `include_usage`, so the usage frame and each `"usage":null` are taken out again. */
  readonly stripUsage: boolean;
  /** Called when the terminal frame is at hand; a text is put into that frame as an SSE comment line. */
  readonly receipt: ((facts: AnswerFacts) => string | undefined) | undefined;
}

/**
 * Reads an answer beside its relay. `push` gives the bytes that may go to the client now: whole frames of a stream, or
 * the chunk itself; whatever the chunking, the concatenation is the same. Never throws on what a provider sends.
 */
export interface AnswerReader {
  push(chunk: Buffer): Buffer;
  /** The provider's body has ended: what is still held back. For a stream without its terminal mark nothing more. */
  finish(): Buffer;
  /** What is known now; `end` is `cut` until the terminal mark has been seen. */
  facts(): AnswerFacts;
  /** More of it has come than what only keeps a connection open: comments, pings. */
  readonly hasSpoken: boolean;
  /** Generated content has been given out by `push`, so another attempt would be seen by the client. */
  readonly hasContent: boolean;
  /** One document, whatever was asked for: no part of it is an answer, not even the part of one, before it is whole. */
  readonly isDocument?: boolean;
  /** The number that an event of ours would carry in a stream whose events are numbered. */
  readonly nextSequence: number;
}

/** An error in words that no protocol owns, to be said in the client's protocol. */
export interface SpokenError {
  readonly status: number;
  /** Stable code of ours, in every shape as `tare_code`. */
  readonly code: string;
  readonly kind:
    | "invalid_request"
    | "authentication"
    | "permission"
    | "not_found"
    | "too_large"
    | "rate_limit"
    | "insufficient_quota"
    | "unavailable"
    | "upstream"
    | "timeout"
    | "not_built";
  readonly message: string;
  readonly call: string | undefined;
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface StreamErrorOptions {
  readonly operation: Operation;
  /** The reader's `nextSequence`. */
  readonly sequence: number;
  /** The answer's, where a format streams in more than one way. */
  readonly contentType?: string | undefined;
}

/** A request that is many in one: each item could have been asked for alone. */
export interface Batch {
  readonly items: readonly string[];
  /** The body of the same request for the items at these places. */
  narrow(places: readonly number[]): Buffer;
  /** One text of JSON for each of `count` items, in order; undefined when the answer has not one for each. */
  readItems(answer: Buffer, count: number): readonly string[] | undefined;
  /** An answer of these items. `answer` made some of them now, and says what was used; nothing was without it. */
  writeAnswer(items: readonly string[], made: { readonly model: string; readonly answer: Buffer | undefined }): Buffer;
}

/** A request as it goes out, for credentials that are made of it. */
export interface OutgoingRequest {
  readonly method: string;
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: Buffer | undefined;
  readonly at: Instant;
}

/**
 * One wire format as far as a target speaks it. Outside `providers/` no format or provider is told apart by name: what must
 * be known is a property here.
 */
export interface TargetFormat {
  readonly name: FormatName;
  readonly defaultBaseUrl: string;
  readonly endpoints: readonly Endpoint[];
  /** Where the provider's own id of a request stands in its answers: `x-request-id` or `request-id`. */
  readonly upstreamIdHeaders: readonly string[];
  /** Flat header list that carries the provider's own credential. */
  credentialHeaders(secret: Secret): readonly string[];
  /**
   * Flat headers that prove who sends this very request, where a key in a header is not enough. `accessKey`: what an identity
   * was given for now, where the place has no key of its own.
   */
  readonly sign?: (request: OutgoingRequest, accessKey: AwsAccessKey | undefined) => readonly string[];
  /** Says of a refusal's flat headers, with status 403, that what proved who asks has expired or is not known. */
  readonly saysExpired?: (headers: readonly string[]) => boolean;
  /** The path upstream for an endpoint, parameters encoded, with the query that may go on. */
  upstreamPath(source: Omit<AskSource, "body" | "contentType">, model: string | undefined, isStream?: boolean): string;
  /** How the place embeds, where it is not as the format's maker does. */
  readonly embeddings?: (model: string) => EmbeddingTarget;
  /** The place has no endpoint that counts tokens. */
  readonly cannotCount?: true;
  /** The place takes instructions in front of a conversation alone, also for models that take them later. */
  readonly takesInstructionsFirst?: true;
  /** The place counts a request whose fields stand side by side, where the maker has them inside another. */
  readonly countsFlat?: true;
  /** The body as the place wants it that serves the format, where it is not the maker's; undefined where it is the same. */
  readonly placed?: (body: Buffer, endpoint: Endpoint) => Buffer;
  readAsk(source: AskSource): Result<Ask, BadAsk>;
  readAnswer(options: AnswerOptions): AnswerReader;
}

/** A wire format that clients speak too. */
export interface WireFormat extends TargetFormat {
  /** Request headers, lower case, that may go upstream besides the common ones. */
  readonly forwardedHeaders: readonly string[];
  /** Undefined for requests that are no batch; a format without any has no such function. */
  readonly readBatch?: (source: AskSource) => Batch | undefined;
  /** Undefined for a format whose clients read another's list. */
  readonly models?: ModelListing;
  /** The error as a whole answer: JSON body of this protocol. */
  encodeError(error: SpokenError): Buffer;
  /** The error as the last event of a stream that has begun. */
  encodeStreamError(error: SpokenError, options: StreamErrorOptions): Buffer;
}
