const TYPOS_MAX = 2;

/** ` Did you mean …?` when a known name is at most two typos away, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  let best: { readonly name: string; readonly typos: number } | undefined;
  for (const candidate of known) {
    const typos = distance(name.toLowerCase().slice(0, 64), candidate.toLowerCase());
    if (typos <= TYPOS_MAX && typos < candidate.length && typos < (best?.typos ?? Infinity)) {
      best = { name: candidate, typos };
    }
  }
  return best === undefined ? "" : ` Did you mean \`${best.name}\`?`;
}

/** Levenshtein's distance, with two rows. */
function distance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, letter] of Array.from(left).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(right).entries()) {
      const swap = (above[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(swap, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
