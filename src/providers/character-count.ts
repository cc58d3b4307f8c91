/** Characters as people count them, near enough: those that a language counts as two units are one. */
export function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length - (text.match(PAIRS)?.length ?? 0), 0);
}

const PAIRS = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

/** The place in the text's units behind so many characters. */
export function unitsOfCharacters(text: string, characters: number): number {
  let units = 0;
  for (let count = 0; count < characters && units < text.length; count += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return units;
}
