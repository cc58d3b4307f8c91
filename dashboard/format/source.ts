/** A source as parts: its words, and its addresses by the name of their site, for which alone a table has room. */
export interface SourcePart {
  readonly text: string;
  /** Of an address. */
  readonly href?: string;
}

const ADDRESS = /https:\/\/[^\s,;]*[^\s,;:.]/g;

export function sourceParts(source: string): readonly SourcePart[] {
  const parts: SourcePart[] = [];
  let end = 0;
  for (const match of source.matchAll(ADDRESS)) {
    if (!URL.canParse(match[0])) continue;
    if (match.index > end) parts.push({ text: source.slice(end, match.index) });
    parts.push({ text: new URL(match[0]).host, href: match[0] });
    end = match.index + match[0].length;
  }
  if (end < source.length) parts.push({ text: source.slice(end) });
  return parts;
}
