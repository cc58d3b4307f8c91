/**
 * Attempts that are dispatched and not settled, each with its line for the next segment, in the order of dispatch. A
 * dictionary and not a Map: V8 chains each table that a Map has outgrown to the next one, which kept settled lines alive.
 */
export class OpenAttempts {
  readonly #lines: Record<string, string> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(attempt: string, line: string): void {
    if (!(attempt in this.#lines)) this.#size += 1;
    this.#lines[attempt] = line;
  }

  delete(attempt: string): void {
    if (!(attempt in this.#lines)) return;
    this.#size -= 1;
    delete this.#lines[attempt];
  }

  lines(): readonly string[] {
    return Object.values(this.#lines);
  }

  attempts(): readonly string[] {
    return Object.keys(this.#lines);
  }
}
