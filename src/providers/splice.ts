/** A change of bytes: what stands from `from` up to `to` becomes `text`. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The body with all changes made at once; the same buffer when there are none. Splices must not overlap. */
export function applySplices(body: Buffer, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return body;
  const sorted = splices.length === 1 ? splices : splices.toSorted((left, right) => left.from - right.from);
  let length = body.length;
  for (const { from, to, text } of sorted) length += Buffer.byteLength(text) - (to - from);
  const changed = Buffer.allocUnsafe(length);
  let read = 0;
  let written = 0;
  for (const { from, to, text } of sorted) {
    written += body.copy(changed, written, read, from);
    written += changed.write(text, written);
    read = to;
  }
  body.copy(changed, written, read);
  return changed;
}
