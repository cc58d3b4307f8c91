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

/** What stands at the wanted places of one document: kinds, byte ranges, counts of children, and the text of leaves. */
export class JsonFindings {
  /** First byte of the key in front of the value, by slot. */
  readonly keyStarts: number[] = [];
  /** Elements of an array or members of an object, by slot. */
  readonly counts: number[] = [];
  /** How many strings of content there were, and where the last of them begins. */
  contentPieces = 0;
  contentStart = 0;
  readonly #kinds: (JsonKind | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #texts: (Buffer | undefined)[] = [];
  readonly #textStarts: number[] = [];

  // Kinds decide whether the rest means anything.
  reset(): void {
    this.contentPieces = 0;
    this.#kinds.length = 0;
    this.#texts.length = 0;
  }

  /** Its bytes without the quotes. */
  noteContent(start: number, end: number): number {
    this.contentPieces += 1;
    this.contentStart = start;
    return end - start - 2;
  }

  record(slot: number, kind: JsonKind, start: number, end: number): void {
    this.#kinds[slot] = kind;
    this.#starts[slot] = start;
    this.#ends[slot] = end;
  }

  /** Where the text of the value stands; undefined when it was too long to keep. */
  keep(slot: number, text: Buffer | undefined, from: number): void {
    this.#texts[slot] = text;
    this.#textStarts[slot] = from;
  }

  kind(slot: number): JsonKind | undefined {
    return this.#kinds[slot];
  }

  /** First byte of the value. */
  start(slot: number): number {
    return this.#starts[slot] ?? 0;
  }

  /** The byte after the value. */
  end(slot: number): number {
    return this.#ends[slot] ?? 0;
  }

  /** First byte of the key in front of the value. */
  keyStart(slot: number): number {
    return this.keyStarts[slot] ?? 0;
  }

  count(slot: number): number {
    const kind = this.#kinds[slot];
    return kind === "array" || kind === "object" ? (this.counts[slot] ?? 0) : 0;
  }

  /** The value as it is written; undefined when it is not there or was too long to keep. */
  raw(slot: number): string | undefined {
    const text = this.#texts[slot];
    if (text === undefined || this.#kinds[slot] === undefined) return undefined;
    const from = this.#textStarts[slot] ?? 0;
    return text.toString("utf8", from, from + this.end(slot) - this.start(slot));
  }

  /** A string without quotes and escapes; undefined for any other kind of value. */
  text(slot: number): string | undefined {
    if (this.#kinds[slot] !== "string") return undefined;
    const raw = this.raw(slot);
    if (raw === undefined) return undefined;
    return raw.includes("\\") ? unescaped(raw) : raw.slice(1, -1);
  }

  /** Whether the text of the value begins so, without making a string of it. */
  opens(slot: number, prefix: string): boolean {
    const from = this.#textStarts[slot] ?? 0;
    return this.#texts[slot]?.toString("latin1", from, from + prefix.length) === prefix;
  }
}
