import { type FormatName } from "#inference";
import { type Money, type Secret } from "#units";

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
  /** Name of the provider in the price book; its own rates come first. */
  readonly prices: string;
  readonly region: string | undefined;
  readonly onClientGone: "cancel" | "drain";
  /** `traceparent` may go to it. */
  readonly trace: boolean;
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
}

/** The model name a client asks for, and what stands behind it. */
export interface Route {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly retries: number;
  readonly timeouts: Timeouts;
  readonly maxOutputTokens: number | undefined;
  readonly holdCeiling: Money | undefined;
  /** Attribution used where nobody says otherwise. */
  readonly defaults: Readonly<Record<string, string>>;
}
