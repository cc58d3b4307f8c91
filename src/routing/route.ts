import { type Cloud, type DialectName, type FormatName } from "#inference";
import { type Money, type Secret } from "#units";
import { type Condition } from "./conditions.ts";

/** A configured provider, with its secrets opened. */
export interface Provider {
  readonly name: string;
  readonly format: FormatName;
  /** Scheme, host and port. */
  readonly origin: string;
  /** What stands before each upstream path: `/v1`, or empty. */
  readonly basePath: string;
  /** Undefined for providers that take none (`api_key: none`). */
  readonly apiKey: Secret | undefined;
  /** More keys of the same account or others, used in turn and when one is limited. */
  readonly moreKeys?: readonly Secret[] | undefined;
  /** Name of the provider in the price book; its own rates come first. */
  readonly prices: string;
  readonly region: string | undefined;
  readonly onClientGone: "cancel" | "drain";
  /** `traceparent` may go to it. */
  readonly trace: boolean;
  /** Who made the server, where that is not the maker of its format: it does some things differently. */
  readonly dialect?: DialectName | undefined;
  /** Somebody's cloud that serves it, with paths and credentials of its own; undefined where its maker does. */
  readonly cloud?: Cloud | undefined;
  /** It rejects `stream_options`, so usage is not asked for in streams. */
  readonly streamUsage: boolean;
}

export interface Timeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface Target {
  readonly provider: Provider;
  readonly model: string;
  /** Its share under `weighted`, and what its load is divided by under `least_busy`; 1 where nothing is said. */
  readonly weight?: number;
  /** Undefined takes every call. */
  readonly when?: Condition | undefined;
}

export const strategies = ["fallback", "weighted", "cheapest", "fastest", "least_busy", "sticky"] as const;
/** How the order of a route's targets is made for each call. */
export type Strategy = (typeof strategies)[number];

/** A second attempt beside one that is slow. */
export interface Hedging {
  /** Of the latencies seen, the share after which the second goes out: 0.95. */
  readonly quantile: number;
  /** Of a thread's calls at most. */
  readonly share: number;
}

/** What a client gets when every target has failed. */
export interface LastResort {
  /** An earlier answer to the same call, so old at most. */
  readonly lastGoodMs: number | undefined;
  /** A configured text, as an answer of the client's format. */
  readonly text: string | undefined;
}

/** Which answers are kept for identical calls. */
export interface CachePolicy {
  readonly exactMs: number;
  /** Also calls that offer tools. */
  readonly tools: boolean;
}

/** The model name a client asks for, and what stands behind it. */
export interface Route {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly strategy?: Strategy;
  /** Where its calls may be worked on; undefined is anywhere. */
  readonly regions?: readonly string[] | undefined;
  readonly retries: number;
  readonly timeouts: Timeouts;
  readonly hedging?: Hedging | undefined;
  readonly lastResort?: LastResort | undefined;
  readonly cache?: CachePolicy | undefined;
  /** What becomes of fields that a target of another format has no place for; `refuse` where nothing is said. */
  readonly onUnsupported?: "refuse" | "drop";
  readonly maxOutputTokens: number | undefined;
  /** Near a budget's limit its answers may be made as short as this; undefined: they may not be made shorter. */
  readonly minOutputTokens?: number | undefined;
  readonly holdCeiling: Money | undefined;
  /** Attribution used where nobody says otherwise. */
  readonly defaults: Readonly<Record<string, string>>;
}

/** All keys of a provider; one place for a provider that takes none. */
export function keysOf({ apiKey, moreKeys }: Provider): readonly (Secret | undefined)[] {
  return moreKeys === undefined ? [apiKey] : [apiKey, ...moreKeys];
}
