import { type Citation } from "#inference";
import { countCharacters, unitsOfCharacters } from "../character-count.ts";
import { objectIn, objectsIn, textIn } from "../json-values.ts";
import { type JsonObject } from "../usage-counts.ts";

/** The pages that Google says an answer rests on. It counts in bytes of a part; `text` is all that was said. */
export function readGrounding(grounding: JsonObject, text: string): readonly Citation[] {
  const chunks = objectsIn(grounding, "groundingChunks");
  const bytes = Buffer.from(text);
  return objectsIn(grounding, "groundingSupports").flatMap((support) => {
    const place = placeOf(objectIn(support, "segment") ?? {}, text, bytes);
    const indices = support["groundingChunkIndices"];
    if (place === undefined || !Array.isArray(indices)) return [];
    return indices.flatMap((index) => {
      const page = typeof index === "number" ? objectIn(chunks[index] ?? {}, "web") : undefined;
      const url = page && textIn(page, "uri");
      return page === undefined || url === undefined ? [] : [{ url, title: textIn(page, "title"), ...place }];
    });
  });
}

/** Where it says, if the text is there; else where the text is. */
function placeOf(segment: JsonObject, text: string, bytes: Buffer): Pick<Citation, "from" | "to"> | undefined {
  const { startIndex: start = 0, endIndex: end } = segment;
  const said = textIn(segment, "text");
  if (said === undefined || said === "") return undefined;
  const isThere =
    typeof start === "number" && typeof end === "number" && bytes.subarray(start, end).toString() === said;
  const at = isThere ? bytes.subarray(0, start).toString().length : text.indexOf(said);
  if (at === -1) return undefined;
  const from = countCharacters([text.slice(0, at)]);
  return { from, to: from + countCharacters([said]) };
}

interface SpokenPart {
  /** Among the parts of the answer; undefined where it is the only one. */
  readonly place: number | undefined;
  readonly text: string;
}

/** Nothing where nothing is cited. */
export function writeGrounding(citations: readonly Citation[], spoken: readonly SpokenPart[]): JsonObject {
  const pages = new Map<string, JsonObject>();
  const places = new Map<string, number>();
  const supports = citations.flatMap(({ url, title, from, to }) => {
    const segment = segmentOf({ from, to }, spoken);
    if (segment === undefined) return [];
    if (!pages.has(url)) {
      places.set(url, pages.size);
      pages.set(url, { web: { uri: url, title: title ?? url } });
    }
    return [{ segment, groundingChunkIndices: [places.get(url)] }];
  });
  if (supports.length === 0) return {};
  return { groundingMetadata: { groundingChunks: [...pages.values()], groundingSupports: supports } };
}

function segmentOf({ from, to }: Pick<Citation, "from" | "to">, spoken: readonly SpokenPart[]): JsonObject | undefined {
  let before = 0;
  for (const { place, text } of spoken) {
    const characters = countCharacters([text]);
    if (from >= before && from <= before + characters) {
      const start = unitsOfCharacters(text, from - before);
      const cited = text.slice(start, unitsOfCharacters(text, to - before));
      const startIndex = Buffer.byteLength(text.slice(0, start));
      const where = place === undefined ? {} : { partIndex: place };
      return { ...where, startIndex, endIndex: startIndex + Buffer.byteLength(cited), text: cited };
    }
    before += characters;
  }
  return undefined;
}
