import { isUtf8 } from "node:buffer";
import { type UnboundedPart } from "#inference";
import { err, ok, type Result } from "#std";
import { type JsonFindings } from "./json-findings.ts";
import { type JsonPaths } from "./json-paths.ts";
import { JsonScan } from "./json-scan.ts";
import { type BadAsk } from "./ask-source.ts";

/**
 * Scans a whole request. UTF-8 that is not well-formed is refused: decoders that replace and decoders that reject would
 * read two different requests.
 */
export function scanAsk(
  body: Buffer,
  paths: JsonPaths,
  each?: (slot: number, found: JsonFindings) => void,
): Result<JsonFindings, BadAsk> {
  if (!isUtf8(body)) return err({ type: "invalid_json", at: 0, detail: "not well-formed UTF-8" });
  const scan = new JsonScan(paths, { isStrict: true, each });
  scan.push(body);
  scan.finish();
  return scan.problem === undefined ? ok(scan.found) : err(scan.problem);
}

/**
 * Reads controlled fields with the types that all readers agree on. Lenient providers turn `"5"` or `1` into a number or
 * a flag; such values are refused, because our reading would differ from theirs. Null is as good as absent.
 */
export class AskFields {
  /** The first field that could not be read. */
  problem: BadAsk | undefined;
  readonly #found: JsonFindings;
  readonly #names: readonly string[];

  constructor(found: JsonFindings, names: readonly string[]) {
    this.#found = found;
    this.#names = names;
  }

  text(slot: number): string | undefined {
    return this.#isGiven(slot, "string") ? this.#found.text(slot) : undefined;
  }

  flag(slot: number): boolean | undefined {
    const kind = this.#found.kind(slot);
    if (kind === "true" || kind === "false") return kind === "true";
    if (kind !== undefined && kind !== "null") this.#refuse(slot, "must be true or false");
    return undefined;
  }

  /** A whole number that is not negative and that every reader holds exactly. */
  count(slot: number): number | undefined {
    if (!this.#isGiven(slot, "number")) return undefined;
    const value = Number(this.#found.raw(slot));
    // Minus zero is a number in JSON and not one that anybody wants to meet again.
    if (Number.isSafeInteger(value) && value >= 0) return Math.abs(value);
    this.#refuse(slot, "must be a whole number that is not negative");
    return undefined;
  }

  /** Number of elements. A list that is none is for the provider to refuse. */
  size(slot: number): number {
    return this.#found.count(slot);
  }

  isGiven(slot: number): boolean {
    const kind = this.#found.kind(slot);
    return kind !== undefined && kind !== "null";
  }

  object(slot: number): boolean {
    return this.#isGiven(slot, "object");
  }

  #isGiven(slot: number, expected: "string" | "number" | "object"): boolean {
    if (!this.isGiven(slot)) return false;
    if (this.#found.kind(slot) === expected) return true;
    this.#refuse(slot, `must be ${expected === "object" ? "an" : "a"} ${expected}`);
    return false;
  }

  #refuse(slot: number, detail: string): void {
    this.problem ??= { type: "invalid_field", field: this.#names[slot] ?? "", detail };
  }
}

/** What a request holds that bytes cannot bound, and what it refers to; gathered while it is scanned. */
export class AskParts {
  readonly unbounded = new Set<UnboundedPart>();
  readonly references = new Set<string>();

  /** Pictures, sounds and documents in the body itself. */
  inlineMedia = 0;

  /** Media at an address: inside the request when the address is a data URL. */
  media(slot: number, found: JsonFindings): void {
    if (found.kind(slot) !== "string") return;
    if (found.opens(slot, '"data:')) this.inlineMedia += 1;
    else this.unbounded.add("media_by_reference");
  }

  file(slot: number, found: JsonFindings): void {
    this.refer(found.text(slot));
    if (found.kind(slot) === "string") this.unbounded.add("media_by_reference");
  }

  refer(id: string | undefined): void {
    if (id !== undefined && id !== "") this.references.add(id);
  }
}
