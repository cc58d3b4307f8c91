/** Keeps so many of the values that were put in last; a value that is looked at counts as put in again. */
export class Recent<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    this.#values.delete(name);
    this.#values.set(name, value);
    return value;
  }

  set(name: string, value: Value): void {
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size > this.#most) this.dropOldest();
  }

  delete(name: string): void {
    this.#values.delete(name);
  }

  dropOldest(): Value | undefined {
    for (const [name, value] of this.#values) {
      this.#values.delete(name);
      return value;
    }
    return undefined;
  }
}
