import { type Scope } from "#cache";
import { type Ask } from "#providers";
import { type Place } from "./paths.ts";

/** All that an ask is read from where the path has no query, and whose it is. */
export interface AskSaid {
  readonly tenant: string;
  readonly place: Extract<Place, { type: "endpoint" }>;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

interface KnownAsk {
  readonly said: AskSaid;
  readonly ask: Ask;
}

/** Under which the answer to an ask is kept, in the scope of the last call that was so. */
export interface KnownKey {
  readonly scope: Scope;
  readonly key: string;
}

const SLOTS = 4_096;
/** Of bodies and of what is known of them, for one thread. */
const BYTES_MAX = 8 * 1024 * 1024;
const OVERHEAD_BYTES = 2_048;
/** Of a body, to find its slot. */
const SAMPLES = 64;

/**
 * What was read from bodies whose answer came from the cache: who sends the same bytes asks the same, and reading them anew was a
 * fifth of what such a call takes. A body is known by all of its bytes, never by a digest. Each has one slot, which the next one
 * that falls there takes; all of them go when they are too many bytes, and with each forgetting of answers.
 */
export class KnownAsks {
  readonly #slots: (KnownAsk | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** A key of answers takes longer to make than all of its body to compare. */
  readonly #keys = new WeakMap<Ask, KnownKey>();
  #bytes = 0;

  find(said: AskSaid): Ask | undefined {
    if (this.#bytes === 0) return undefined;
    const known = this.#slots[slotOf(said.body)];
    return known !== undefined && isSame(known.said, said) ? known.ask : undefined;
  }

  /** `ask` was read from what is said. Their bytes must not change any more. */
  learn(said: AskSaid, ask: Ask, kept: KnownKey): void {
    const bytes = bytesOf(said);
    if (bytes > BYTES_MAX) return;
    if (this.#keys.get(ask)?.scope !== kept.scope) this.#keys.set(ask, kept);
    const slot = slotOf(said.body);
    const before = this.#slots[slot];
    if (before?.ask === ask) return;
    if (before !== undefined) this.#bytes -= bytesOf(before.said);
    if (this.#bytes + bytes > BYTES_MAX) this.clear();
    this.#slots[slot] = { said, ask };
    this.#bytes += bytes;
  }

  /** Of the answer to an ask that is known. */
  keyOf(ask: Ask, scope: Scope): string | undefined {
    const known = this.#keys.get(ask);
    return known?.scope === scope ? known.key : undefined;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#bytes = 0;
  }
}

function isSame(one: AskSaid, other: AskSaid): boolean {
  return (
    one.place === other.place &&
    one.tenant === other.tenant &&
    one.contentType === other.contentType &&
    one.body.equals(other.body)
  );
}

/** The memory that a body is a part of stays as long as the body does. */
function bytesOf({ body }: AskSaid): number {
  return body.buffer.byteLength + OVERHEAD_BYTES;
}

/** FNV-1a over some bytes of the body. Bodies that differ elsewhere share a slot. */
function slotOf(body: Buffer): number {
  const step = Math.ceil(body.length / SAMPLES);
  let mixed = body.length;
  for (let at = 0; at < body.length; at += step) mixed = Math.imul(mixed ^ (body[at] ?? 0), 0x0100_0193);
  return (mixed ^ (mixed >>> 16)) & (SLOTS - 1);
}
