import { type IncomingHttpHeaders } from "node:http";
import { type z } from "zod";
import { type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { type Instant } from "#units";
import { type World } from "#world";
import { type Directive } from "./directive.ts";
import { type FaultKind } from "./faults.ts";
import { type Invoice } from "./invoice.ts";
import { parseJson } from "./json.ts";
import { type Latency } from "./latency.ts";
import { type PrefixCache } from "./prefix-cache.ts";
import { type Prose } from "./prose.ts";
import { type Random } from "./random.ts";
import { type Reply } from "./reply.ts";

/** Why a provider answers with an error, in words that no wire format owns. */
export type Complaint =
  | { readonly type: "authentication" }
  | { readonly type: "not-found"; readonly what: "path" | "model" | "response" | "file"; readonly name: string }
  | { readonly type: "invalid-request"; readonly field: string; readonly detail: string }
  | { readonly type: "rate-limit" | "server-error" | "unavailable" | "overloaded" };

export interface ErrorAnswer {
  readonly status: number;
  /** Flat, added to those of every answer. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** One attempt that came in. */
export interface ProviderCall {
  readonly provider: ProviderParts;
  readonly at: Instant;
  /** For durations; `at` is for the calendar. */
  readonly startedMs: number;
  readonly requestId: string;
  readonly random: Random;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** What `{id}` or `{model}` stands for in the path. */
  readonly parameter: string;
  readonly body: Buffer;
  readonly text: string;
  readonly directive: Directive;
  readonly fault: FaultKind | undefined;
  /** Attempts that this provider took in the running minute, this one included: what its rate limit headers count. */
  readonly callsThisMinute: number;
  readonly reply: Reply;
}

/** What all endpoints of one provider have in common. */
export interface ProviderParts {
  readonly name: string;
  readonly protocol: Protocol;
  readonly world: World;
  readonly latency: Latency;
  readonly invoice: Invoice;
  readonly prefixCache: PrefixCache;
  readonly prose: Prose;
}

export interface SimulatedEndpoint {
  readonly method: "GET" | "POST" | "DELETE";
  /** Without the version prefix; `{id}` and `{model}` stand for one segment. */
  readonly path: string;
  answer(call: ProviderCall): Promise<void> | void;
}

/** One provider's way to speak HTTP. */
export interface Protocol {
  readonly format: FormatName;
  /** Whether prompt prefixes are cached by themselves or only where the client marks them. */
  readonly caching: "automatic" | "marked";
  readonly endpoints: readonly SimulatedEndpoint[];
  newRequestId(random: Random): string;
  credentialOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined;
  /** Flat headers of every answer. */
  answerHeaders(call: ProviderCall): readonly string[];
  encodeError(complaint: Complaint, call: ProviderCall): ErrorAnswer;
}

export function complain(call: ProviderCall, complaint: Complaint): void {
  const { protocol } = call.provider;
  const { status, headers, body } = protocol.encodeError(complaint, call);
  call.reply.send(status, [...protocol.answerHeaders(call), "content-type", "application/json", ...headers], body);
}

export function readJsonAsk<Schema extends z.ZodType>(
  call: ProviderCall,
  schema: Schema,
): Result<z.infer<Schema>, Complaint> {
  const value = parseJson(call.text);
  if (value === undefined) return err({ type: "invalid-request", field: "", detail: "The body is not JSON." });
  const read = schema.safeParse(value);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  return err({ type: "invalid-request", field: issue?.path.join(".") ?? "", detail: issue?.message ?? "Not valid." });
}
