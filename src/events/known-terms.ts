/** So many, then it begins anew: what comes often is soon there again. */
const KNOWN_MAX = 1024;
/** One in so many that are not known is kept: with more in use than find room, keeping each costs more than it saves. */
const KEEP_EVERY = 8;
/** Longer ones are made of what somebody sent, and come once. */
const UNITS_MAX = 2048;

/** So many of the last ones are compared with first: to look a text up, all of it is read to reckon its hash. */
const RECENT = 4;

interface Known<Terms> {
  readonly text: string;
  readonly terms: Terms;
}

/** What was read of texts that come again and again: each is read, and checked, until it is kept. */
export class KnownTerms<Terms> {
  readonly #read: (text: string) => Terms;
  readonly #known = new Map<string, Known<Terms>>();
  readonly #recent: Known<Terms>[] = [];
  #next = 0;
  #missed = 0;

  /** `read` gives what nobody changes; what it throws is not remembered. */
  constructor(read: (text: string) => Terms) {
    this.#read = read;
  }

  get size(): number {
    return this.#known.size;
  }

  of(text: string): Terms {
    for (const recent of this.#recent) if (recent.text === text) return recent.terms;
    const known = this.#known.get(text);
    if (known === undefined) return this.#learn(text);
    this.#recent[this.#next] = known;
    this.#next = (this.#next + 1) % RECENT;
    return known.terms;
  }

  #learn(text: string): Terms {
    const terms = this.#read(text);
    if (this.#missed === 0 && text.length <= UNITS_MAX) {
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      const copy = copyOf(text);
      this.#known.set(copy, { text: copy, terms });
    }
    this.#missed = (this.#missed + 1) % KEEP_EVERY;
    return terms;
  }
}

/** A text that was cut out of a line keeps the whole line in memory; one that was joined and cut keeps itself. */
function copyOf(text: string): string {
  return ` ${text}`.slice(1);
}
