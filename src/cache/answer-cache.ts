import { AnswerList, type Linked } from "./answer-list.ts";
import { type DiskShelf, type Spot } from "./disk-shelf.ts";
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

interface Place extends Linked<Place> {
  readonly key: string;
  /** Made once, and not for each use. On the disk is its body. */
  held:
    | { readonly in: "memory"; readonly answer: KeptAnswer }
    | { readonly in: "disk"; readonly spot: Spot; readonly answer: Omit<KeptAnswer, "body"> };
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
}

interface Waiting {
  readonly resolve: ((answer: KeptAnswer | undefined) => void)[];
}

export interface CacheSize {
  readonly answers: number;
  /** In memory. */
  readonly bytes: number;
  readonly diskAnswers: number;
  readonly diskBytes: number;
}

/** One answer takes at most one part in so many. */
const SHARE_MAX = 8;
/** What an entry takes beside its body: key, headers, labels, list. */
const OVERHEAD_BYTES = 1_024;
const FOLLOWERS_MAX = 1_000;
/** While one answer is made. */
const FORGETTINGS_MAX = 1_000;
/** What is known in memory of answers on the disk takes at most one part in so many of it. */
const DISK_SHARE = 2;

/**
 * Answers of one thread, bounded by bytes, the least recently used goes first: to the disk where there is a shelf for it, else
 * away. `nowMs` is the monotonic clock.
 */
export class AnswerCache {
  readonly #bytesMax: number;
  readonly #shelf: DiskShelf | undefined;
  readonly #places = new Map<string, Place>();
  readonly #inMemory = new AnswerList<Place>();
  readonly #onDisk = new AnswerList<Place>();
  readonly #flights = new Map<string, Waiting>();
  #bytes = 0;
  #diskAnswers = 0;
  /** The last of all forgettings, for answers that are being made meanwhile. */
  readonly #forgotten: Forgetting[] = [];
  #forgettings = 0;

  constructor({ bytesMax, shelf }: { readonly bytesMax: number; readonly shelf?: DiskShelf | undefined }) {
    this.#bytesMax = bytesMax;
    this.#shelf = shelf;
  }

  get size(): CacheSize {
    return {
      answers: this.#places.size,
      bytes: this.#bytes,
      diskAnswers: this.#diskAnswers,
      diskBytes: this.#shelf?.bytes ?? 0,
    };
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
    const answer = this.#answerOf(place);
    // It has made room for others.
    return answer === undefined ? undefined : { answer, isFresh: nowMs < place.freshUntilMs };
  }

  /** Of identical calls at once one leads and the others follow. Whoever leads has to `keep` or `abandon`. */
  join(key: string, now: () => number): Flight {
    const flight = this.#flights.get(key);
    if (flight === undefined || flight.resolve.length >= FOLLOWERS_MAX) return this.#lead(key, now);
    return { type: "follow", answer: new Promise((resolve) => void flight.resolve.push(resolve)) };
  }

  /** How often something was forgotten so far: said of an answer when its making begins. */
  get forgettings(): number {
    return this.#forgettings;
  }

  /** Gives how many. What is being made at this moment, of what was so before, is not kept either. */
  forget(forgetting: Forgetting): number {
    this.#forgettings += 1;
    this.#forgotten.push(forgetting);
    if (this.#forgotten.length > FORGETTINGS_MAX) this.#forgotten.shift();
    let forgotten = 0;
    for (const place of this.#places.values()) {
      if (!isMeant(place.held.answer, forgetting)) continue;
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
    const since = this.#forgettings;
    const keep = (answer: KeptAnswer, lifetime: Lifetime): void => {
      this.put(key, answer, { ...lifetime, nowMs: now(), since });
      // Some of those who follow may have asked after it was forgotten.
      land(this.#isForgotten(answer, since) ? undefined : answer);
    };
    return { type: "lead", lead: { keep, abandon: () => land(undefined) } };
  }

  /** `since`: of `forgettings`, when the making of the answer began. */
  put(key: string, answer: KeptAnswer, lifetime: Lifetime & { readonly nowMs: number; readonly since: number }): void {
    const { nowMs, freshMs, staleMs, since } = lifetime;
    if (this.#isForgotten(answer, since)) return;
    const before = this.#places.get(key);
    if (before !== undefined) this.#drop(before);
    if (answer.body.length > this.answerBytesMax) return;
    const freshUntilMs = nowMs + freshMs;
    const usableUntilMs = Math.max(freshUntilMs, nowMs + staleMs);
    const held = { in: "memory", answer } as const;
    const place = { key, held, freshUntilMs, usableUntilMs, newer: undefined, older: undefined };
    this.#makeRoom(answer.body.length + OVERHEAD_BYTES);
    this.#places.set(key, place);
    this.#bytes += OVERHEAD_BYTES;
    this.#hold(place, answer);
  }

  #isForgotten(answer: KeptAnswer, since: number): boolean {
    const later = this.#forgettings - since;
    // Nobody knows any more what the first of so many were about.
    if (later > this.#forgotten.length) return true;
    return later > 0 && this.#forgotten.slice(-later).some((forgetting) => isMeant(answer, forgetting));
  }

  /** What was used is the newest, and in memory. Undefined when it is not there any more. */
  #answerOf(place: Place): KeptAnswer | undefined {
    const { held } = place;
    if (held.in === "memory") {
      this.#inMemory.remove(place);
      this.#inMemory.add(place);
      return held.answer;
    }
    const body = this.#shelf?.read(held.spot);
    if (body === undefined) {
      this.#drop(place);
      return undefined;
    }
    this.#onDisk.remove(place);
    this.#diskAnswers -= 1;
    this.#makeRoom(body.length);
    const answer = { ...held.answer, body };
    this.#hold(place, answer);
    return answer;
  }

  #hold(place: Place, answer: KeptAnswer): void {
    place.held = { in: "memory", answer: { ...answer, body: inOwnMemory(answer.body) } };
    this.#bytes += answer.body.length;
    this.#inMemory.add(place);
  }

  #makeRoom(bytes: number): void {
    while (this.#bytes + bytes > this.#bytesMax) {
      const { oldest } = this.#inMemory;
      if (oldest?.held.in === "memory") this.#shelve(oldest, oldest.held.answer);
      else if (this.#onDisk.oldest === undefined) return;
      else this.#drop(this.#onDisk.oldest);
    }
  }

  /** To the disk, or away. */
  #shelve(place: Place, { body, ...answer }: KeptAnswer): void {
    const spot = this.#shelf?.put(body);
    if (spot === undefined) {
      this.#drop(place);
      return;
    }
    this.#inMemory.remove(place);
    this.#bytes -= body.length;
    place.held = { in: "disk", spot, answer };
    this.#onDisk.add(place);
    this.#diskAnswers += 1;
    const { oldest } = this.#onDisk;
    if (oldest !== undefined && this.#diskAnswers * OVERHEAD_BYTES > this.#bytesMax / DISK_SHARE) this.#drop(oldest);
  }

  #drop(place: Place): void {
    this.#places.delete(place.key);
    this.#bytes -= OVERHEAD_BYTES;
    if (place.held.in === "memory") {
      this.#bytes -= place.held.answer.body.length;
      this.#inMemory.remove(place);
    } else {
      this.#onDisk.remove(place);
      this.#diskAnswers -= 1;
    }
  }
}

/** A piece of a larger memory, as most small buffers are, would keep all of that for as long as the answer is kept. */
function inOwnMemory(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}
