import { type Forgetting, isMeant, type KeptAnswer } from "./kept-answer.ts";

/** How long an answer is used for identical calls, and how long it may stand in when nothing else answers. */
export interface Lifetime {
  readonly freshMs: number;
  readonly staleMs: number;
}

export interface FoundAnswer {
  readonly answer: KeptAnswer;
  /** False when it is only good enough for when nothing else answers. */
  readonly isFresh: boolean;
}

/** lead: make the answer, and tell. follow: somebody makes it now; undefined when nothing came of it. */
export type Flight =
  | { readonly type: "lead"; readonly lead: Lead }
  | { readonly type: "follow"; readonly answer: Promise<KeptAnswer | undefined> };

export interface Lead {
  keep(answer: KeptAnswer, lifetime: Lifetime): void;
  /** There is no answer to keep: those who wait go on by themselves. Does nothing after `keep`. */
  abandon(): void;
}

interface Place {
  readonly key: string;
  readonly answer: KeptAnswer;
  readonly bytes: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  newer: Place | undefined;
  older: Place | undefined;
}

interface Waiting {
  readonly resolve: ((answer: KeptAnswer | undefined) => void)[];
}

export interface CacheSize {
  readonly answers: number;
  readonly bytes: number;
}

/** One answer takes at most one part in so many. */
const SHARE_MAX = 8;
/** What an entry takes beside its body: key, headers, labels, list. */
const OVERHEAD_BYTES = 1_024;
const FOLLOWERS_MAX = 1_000;

/**
 * Answers of one thread, in memory alone: what is kept is content, and content goes to no disk. Bounded by bytes, the least
 * recently used goes first. `nowMs` is the monotonic clock. Used answers move in a list of their own and not in the map:
 * a map that changes with every call keeps dead calls alive (bench/README.md).
 */
export class AnswerCache {
  readonly #bytesMax: number;
  readonly #places = new Map<string, Place>();
  readonly #flights = new Map<string, Waiting>();
  #newest: Place | undefined;
  #oldest: Place | undefined;
  #bytes = 0;

  constructor({ bytesMax }: { readonly bytesMax: number }) {
    this.#bytesMax = bytesMax;
  }

  get size(): CacheSize {
    return { answers: this.#places.size, bytes: this.#bytes };
  }

  /** What is larger is not kept: it would push out too many others. */
  get answerBytesMax(): number {
    return this.#bytesMax / SHARE_MAX - OVERHEAD_BYTES;
  }

  find(key: string, nowMs: number): FoundAnswer | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    if (place.usableUntilMs <= nowMs) {
      this.#drop(place);
      return undefined;
    }
    this.#unlink(place);
    this.#link(place);
    return { answer: place.answer, isFresh: nowMs < place.freshUntilMs };
  }

  /** Of identical calls at once one leads and the others follow. Whoever leads has to `keep` or `abandon`. */
  join(key: string, now: () => number): Flight {
    const flight = this.#flights.get(key);
    if (flight === undefined || flight.resolve.length >= FOLLOWERS_MAX) return this.#lead(key, now);
    return { type: "follow", answer: new Promise((resolve) => void flight.resolve.push(resolve)) };
  }

  /** Gives how many. */
  forget(forgetting: Forgetting): number {
    let forgotten = 0;
    for (const place of this.#places.values()) {
      if (!isMeant(place.answer, forgetting)) continue;
      this.#drop(place);
      forgotten += 1;
    }
    return forgotten;
  }

  #lead(key: string, now: () => number): Flight {
    const waiting: Waiting = { resolve: [] };
    // With too many followers another leads beside the first, and only the first is followed.
    if (!this.#flights.has(key)) this.#flights.set(key, waiting);
    const land = (answer: KeptAnswer | undefined): void => {
      if (this.#flights.get(key) === waiting) this.#flights.delete(key);
      for (const resolve of waiting.resolve.splice(0)) resolve(answer);
    };
    const keep = (answer: KeptAnswer, lifetime: Lifetime): void => {
      this.put(key, answer, { ...lifetime, nowMs: now() });
      land(answer);
    };
    return { type: "lead", lead: { keep, abandon: () => land(undefined) } };
  }

  put(key: string, answer: KeptAnswer, lifetime: Lifetime & { readonly nowMs: number }): void {
    const bytes = answer.body.length + OVERHEAD_BYTES;
    const { nowMs, freshMs, staleMs } = lifetime;
    const before = this.#places.get(key);
    if (before !== undefined) this.#drop(before);
    if (answer.body.length > this.answerBytesMax) return;
    while (this.#bytes + bytes > this.#bytesMax && this.#oldest !== undefined) this.#drop(this.#oldest);
    const freshUntilMs = nowMs + freshMs;
    const usableUntilMs = Math.max(freshUntilMs, nowMs + staleMs);
    const place: Place = { key, answer, bytes, freshUntilMs, usableUntilMs, newer: undefined, older: undefined };
    this.#places.set(key, place);
    this.#bytes += bytes;
    this.#link(place);
  }

  #drop(place: Place): void {
    this.#places.delete(place.key);
    this.#bytes -= place.bytes;
    this.#unlink(place);
  }

  #link(place: Place): void {
    place.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = place;
    this.#newest = place;
    this.#oldest ??= place;
  }

  #unlink(place: Place): void {
    if (place.newer === undefined) this.#newest = place.older;
    else place.newer.older = place.older;
    if (place.older === undefined) this.#oldest = place.newer;
    else place.older.newer = place.newer;
    place.newer = undefined;
    place.older = undefined;
  }
}
