/** A change of bytes: what stands from `from` up to `to` becomes `text`. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The body with all changes made at once; the same buffer when there are none. Splices must not overlap. */
export function applySplices(body: Buffer, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return body;
  const parts: Buffer[] = [];
  let done = 0;
  for (const splice of splices.toSorted((left, right) => left.from - right.from)) {
    parts.push(body.subarray(done, splice.from), Buffer.from(splice.text));
    done = splice.to;
  }
  return Buffer.concat([...parts, body.subarray(done)]);
}
