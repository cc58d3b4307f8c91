/** Changes of keys that threads were told of, until each of them has said that it knows, or is gone. */
export class KeyChanges {
  readonly #missing = new Map<number, { readonly threads: Set<number>; readonly known: () => void }>();
  #last = 0;

  /** Gives the number that the threads say when they know it. */
  told(threads: readonly number[], known: () => void): number {
    this.#last += 1;
    if (threads.length === 0) known();
    else this.#missing.set(this.#last, { threads: new Set(threads), known });
    return this.#last;
  }

  known(thread: number, change: number): void {
    const missing = this.#missing.get(change);
    missing?.threads.delete(thread);
    if (missing?.threads.size !== 0) return;
    this.#missing.delete(change);
    missing.known();
  }

  /** Its successor is started with all keys. */
  gone(thread: number): void {
    for (const change of this.#missing.keys()) this.known(thread, change);
  }
}
