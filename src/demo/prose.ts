import { type Random } from "./random.ts";

const WORDS = (
  "the a of to and in that it is was for on with as at by from this have be are not but they you we can will more " +
  "when order refund invoice account customer update price shipping number please thank answer question support " +
  "change check review result value function return test error file line code build deploy server cache search " +
  "document clause party agreement term section notice payment date report summary point table figure market " +
  "product feature release team plan quarter week day hour minute time place people work help open close start " +
  "finish small large new old first last next same other each every most some few many good clear short long"
).split(" ");

const PIECES_IN_RING = 8192;

/** Invented text, one piece for one token. Made once and cut from a ring, so that long answers cost next to nothing. */
export class Prose {
  readonly #ring: readonly string[];

  constructor(random: Random) {
    const pieces: string[] = [];
    for (let index = 0; index < PIECES_IN_RING; index++) {
      pieces.push(`${WORDS[random.below(WORDS.length)] ?? "the"}${random.happens(0.08) ? ". " : " "}`);
    }
    this.#ring = [...pieces, ...pieces];
  }

  pieces(count: number, random: Random): readonly string[] {
    const offset = random.below(PIECES_IN_RING);
    if (count <= PIECES_IN_RING) return this.#ring.slice(offset, offset + count);
    const long: string[] = [];
    while (long.length < count) long.push(...this.#ring.slice(0, Math.min(PIECES_IN_RING, count - long.length)));
    return long;
  }
}
