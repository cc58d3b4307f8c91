/** Encoded spans that wait, bounded in bytes. */
export class SpanQueue {
  readonly #bytesMax: number;
  #spans: Buffer[] = [];
  #bytes = 0;

  constructor({ bytesMax }: { readonly bytesMax: number }) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#spans.length;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax;
  }

  put(span: Buffer): void {
    this.#spans.push(span);
    this.#bytes += span.length;
  }

  /** Takes over what another has, as far as there is room, and empties it; gives how many had none. */
  take(other: SpanQueue): number {
    const spans = other.takeBatch({ spansMax: Infinity, bytesMax: Infinity });
    let dropped = 0;
    for (const span of spans) {
      if (this.isFull) dropped += 1;
      else this.put(span);
    }
    return dropped;
  }

  /** From the front; at least one where there is one. */
  takeBatch({ spansMax, bytesMax }: { readonly spansMax: number; readonly bytesMax: number }): readonly Buffer[] {
    let [count, bytes] = [0, 0];
    for (const span of this.#spans) {
      if (count >= spansMax || (count > 0 && bytes + span.length > bytesMax)) break;
      count += 1;
      bytes += span.length;
    }
    this.#bytes -= bytes;
    return this.#spans.splice(0, count);
  }
}
