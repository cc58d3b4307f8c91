/** What a thread takes from clients and how long it waits for them. */
export interface Limits {
  readonly jsonBytesMax: number;
  readonly audioBytesMax: number;
  readonly imageBytesMax: number;
  /** Streamed, never held. */
  readonly fileBytesMax: number;
  /** Bodies held by this thread at one time: its share of 512 MiB. */
  readonly heldBytesMax: number;
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Between two pieces of a body. */
  readonly bodyIdleMs: number;
  /** A client that takes nothing for so long is cut. */
  readonly clientStallMs: number;
  readonly keepAliveMs: number;
  /** Answers that all threads together keep for identical calls. */
  readonly cacheBytesMax: number;
  /** Those that memory has no room for, on the disk; none there when 0. */
  readonly cacheDiskBytesMax: number;
  /** Calls that one thread runs at one time; more are refused. */
  readonly callsMax: number;
  /** How long a thread's event loop may keep everything waiting before calls are refused. */
  readonly lagMsMax: number;
  /** How much is still read for the bill when the client is gone and the provider is drained. */
  readonly drainBytesMax: number;
}

const MIB = 1024 * 1024;
const HELD_BYTES_MAX_ALL_THREADS = 512 * MIB;

export function defaultLimits(threads: number): Limits {
  return {
    jsonBytesMax: 32 * MIB,
    audioBytesMax: 26 * MIB,
    imageBytesMax: 64 * MIB,
    fileBytesMax: 1024 * MIB,
    // At least one body of the largest kind must fit, however many threads there are.
    heldBytesMax: Math.max(Math.floor(HELD_BYTES_MAX_ALL_THREADS / threads), 64 * MIB),
    headersMs: 10_000,
    requestMs: 300_000,
    bodyIdleMs: 15_000,
    clientStallMs: 60_000,
    keepAliveMs: 75_000,
    cacheBytesMax: 64 * MIB,
    cacheDiskBytesMax: 0,
    callsMax: 4_096,
    lagMsMax: 50,
    drainBytesMax: 64 * MIB,
  };
}
