import { unescaped } from "./json-bytes.ts";

export type JsonKind = "string" | "number" | "true" | "false" | "null" | "object" | "array";

/** Why a document is not read. `at` is the byte where it was noticed. */
export type JsonProblem =
  | { readonly type: "invalid_json"; readonly at: number; readonly detail: string }
  | { readonly type: "too_deep"; readonly at: number }
  | { readonly type: "ambiguous_field"; readonly field: string; readonly at: number };

export interface JsonScanOptions {
  /** Requests: the top level must be an object, and a wanted key that two readers could read differently is refused. */
  readonly isStrict: boolean;
  /** Told of each value found below an array, when it ends. */
  readonly each?: ((slot: number, found: JsonFindings) => void) | undefined;
}

/** What stands at one wanted place; `kind` is undefined where nothing does. */
export class JsonPlace {
  kind: JsonKind | undefined = undefined;
  /** First byte of the value, and the byte after it. */
  start = 0;
  end = 0;
  /** First byte of the key in front of the value. */
  keyStart = 0;
  /** Elements of an array or members of an object. */
  children = 0;
  /** The buffer that holds the value's text, from `textStart` on; undefined when it was not kept. */
  text: Buffer | undefined = undefined;
  textStart = 0;
}

/** What stands at the wanted places of one document: kinds, byte ranges, counts of children, and the text of leaves. */
export class JsonFindings {
  /** How many strings of content there were, and where the last of them begins. */
  contentPieces = 0;
  contentStart = 0;
  /** By slot. */
  readonly #places: (JsonPlace | undefined)[] = [];

  reset(): void {
    this.contentPieces = 0;
    for (const place of this.#places) {
      if (place === undefined) continue;
      place.kind = undefined;
      place.text = undefined;
    }
  }

  /** Its bytes without the quotes. */
  noteContent(start: number, end: number): number {
    this.contentPieces += 1;
    this.contentStart = start;
    return end - start - 2;
  }

  /** Where to note what stands there. */
  placeAt(slot: number): JsonPlace {
    return (this.#places[slot] ??= new JsonPlace());
  }

  kind(slot: number): JsonKind | undefined {
    return this.#places[slot]?.kind;
  }

  /** First byte of the value. */
  start(slot: number): number {
    return this.#places[slot]?.start ?? 0;
  }

  /** The byte after the value. */
  end(slot: number): number {
    return this.#places[slot]?.end ?? 0;
  }

  /** First byte of the key in front of the value. */
  keyStart(slot: number): number {
    return this.#places[slot]?.keyStart ?? 0;
  }

  count(slot: number): number {
    const place = this.#places[slot];
    return place?.kind === "array" || place?.kind === "object" ? place.children : 0;
  }

  /** The value as it is written; undefined when it is not there or was too long to keep. */
  raw(slot: number): string | undefined {
    const place = this.#places[slot];
    if (place?.kind === undefined || place.text === undefined) return undefined;
    return place.text.toString("utf8", place.textStart, place.textStart + place.end - place.start);
  }

  /** A string without quotes and escapes; undefined for any other kind of value. */
  text(slot: number): string | undefined {
    const place = this.#places[slot];
    if (place?.kind !== "string" || place.text === undefined) return undefined;
    const end = place.textStart + place.end - place.start;
    const inner = place.text.toString("utf8", place.textStart + 1, end - 1);
    return inner.includes("\\") ? unescaped(`"${inner}"`) : inner;
  }

  /** Whether the text of the value begins so, without making a string of it. */
  opens(slot: number, prefix: string): boolean {
    const place = this.#places[slot];
    if (place?.text === undefined) return false;
    return place.text.toString("latin1", place.textStart, place.textStart + prefix.length) === prefix;
  }
}
