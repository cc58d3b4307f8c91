/** The candidate that is few edits away from what was written; undefined when none is near enough to be meant. */
export function closestName(written: string, candidates: readonly string[]): string | undefined {
  return nearest(written, candidates) ?? nearest(written.replace(ADVERB, ""), candidates);
}

/** Who writes `monthly`, or `daily`, means `month`, or `day`. */
const ADVERB = /ly$/i;

function nearest(written: string, candidates: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const edits = editDistance(written.toLowerCase(), name.toLowerCase());
    if (best === undefined || edits < best.edits) best = { name, edits };
  }
  return best !== undefined && best.edits <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

// Two words of a million letters would take an hour; whoever wrote more than this meant no name of ours.
const LETTERS_MAX = 64;

/** Letters added, dropped, replaced, or swapped with their neighbour. */
function editDistance(left: string, right: string): number {
  if (left.length > LETTERS_MAX) return LETTERS_MAX;
  const rows = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (line: number, column: number) => rows[line]?.[column] ?? Infinity;
  for (let line = 1; line <= left.length; line += 1) {
    const row = [line];
    rows.push(row);
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[line - 1] === right[column - 1];
      const isSwapped = left[line - 1] === right[column - 2] && left[line - 2] === right[column - 1];
      row.push(
        Math.min(
          at(line - 1, column - 1) + (isSame ? 0 : 1),
          at(line - 1, column) + 1,
          at(line, column - 1) + 1,
          isSwapped ? at(line - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(left.length, right.length);
}
