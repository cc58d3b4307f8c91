/** Letters that have arrived, taken one by one or all of one moment together. */
import { type ToAuthority, type ToHolder } from "#budget";

interface Readers {
  toHolder(id: string, messages: readonly ToHolder[]): void;
  toAuthority(messages: readonly ToAuthority[]): void;
}

export class Post {
  readonly #isBatched: boolean;
  readonly #readers: Readers;
  readonly #toHolders = new Map<string, readonly ToHolder[]>();
  #toAuthority: readonly ToAuthority[] = [];

  constructor(isBatched: boolean, readers: Readers) {
    this.#isBatched = isBatched;
    this.#readers = readers;
  }

  put(holder: string, message: ToHolder): void {
    this.#toHolders.set(holder, [...(this.#toHolders.get(holder) ?? []), message]);
    if (!this.#isBatched) this.read();
  }

  putToAuthority(message: ToAuthority): void {
    this.#toAuthority = [...this.#toAuthority, message];
    if (!this.#isBatched) this.read();
  }

  read(): void {
    const toAuthority = this.#toAuthority;
    this.#toAuthority = [];
    if (toAuthority.length > 0) this.#readers.toAuthority(toAuthority);
    for (const [holder, messages] of this.#toHolders) {
      this.#toHolders.delete(holder);
      this.#readers.toHolder(holder, messages);
    }
  }
}
