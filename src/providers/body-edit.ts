import { type JsonFindings } from "./json-findings.ts";
import { addMembers } from "./json-members.ts";
import { applySplices, type Splice } from "./splice.ts";

/** The permitted changes to one JSON body, gathered and then made at once; every other byte stays. */
export class BodyEdit {
  readonly #body: Buffer;
  readonly #found: JsonFindings;
  readonly #splices: Splice[];
  readonly #added: string[] = [];

  constructor(body: Buffer, found: JsonFindings, cuts: readonly Splice[]) {
    this.#body = body;
    this.#found = found;
    this.#splices = [...cuts];
  }

  /** Replaces the value at `slot`, or adds it to the top level under `key`. `value` is JSON. */
  set(slot: number, key: string, value: string): void {
    if (this.#found.kind(slot) === undefined) this.#added.push(`"${key}":${value}`);
    else this.replace({ from: this.#found.start(slot), to: this.#found.end(slot), text: value });
  }

  replace(splice: Splice): void {
    this.#splices.push(splice);
  }

  /** Adds a member to the object at `slot`. */
  addTo(slot: number, member: string): void {
    this.#splices.push(...addMembers(this.#found.start(slot), this.#found.count(slot) > 0, [member]));
  }

  apply(): Buffer {
    const added = addMembers(this.#found.start(0), this.#found.count(0) > 0, this.#added);
    return applySplices(this.#body, added.length === 0 ? this.#splices : [...this.#splices, ...added]);
  }
}
