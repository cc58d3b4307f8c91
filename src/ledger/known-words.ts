/**
 * Words that SQL names. Each has the same code in every ledger, its place in this list from 1 on: a change of the list is
 * a new schema version.
 */
const knownWords = [
  "(none)",
  "answered",
  "cut",
  "cancelled",
  "failed",
  "background",
  "in_doubt",
  "correction",
  "full",
  "partial",
  "none",
] as const;
export type KnownWord = (typeof knownWords)[number];

/** What stands in the columns of a ledger for a word, to be written into SQL. */
export function wordCode(word: KnownWord): number {
  return knownWords.indexOf(word) + 1;
}

export function isKnownWord(word: string): word is KnownWord {
  return knownWords.some((known) => known === word);
}

export function knownWordsInOrder(): readonly string[] {
  return knownWords;
}
