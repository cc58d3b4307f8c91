import { type CallRefused } from "#events";
import { type Entry } from "./entry.ts";
import { type LedgerStore, type StoreProblem, type Stretch } from "./ledger-store.ts";
import { type Piece } from "./segment-reading.ts";

/** Gathers pieces into batches, and makes the next while the store commits the one before. */
export class BatchPipe {
  readonly #store: LedgerStore;
  readonly #batchRows: number;
  #stretches: Stretch[] = [];
  #entries: Entry[] = [];
  #refusals: CallRefused[] = [];
  #committing: Promise<StoreProblem | undefined> = Promise.resolve(undefined);

  constructor(store: LedgerStore, batchRows: number) {
    this.#store = store;
    this.#batchRows = batchRows;
  }

  /** Waits only while two batches are on their way. A problem ends the pass: what follows must not be committed. */
  async add({ stretch, entries, refusals }: Piece): Promise<StoreProblem | undefined> {
    const last = this.#stretches.at(-1);
    if (last?.segment === stretch.segment) this.#stretches.splice(-1, 1, { ...stretch, from: last.from });
    else this.#stretches.push(stretch);
    for (const entry of entries) this.#entries.push(entry);
    for (const refusal of refusals) this.#refusals.push(refusal);
    if (this.#entries.length + this.#refusals.length < this.#batchRows) return undefined;
    return this.#send();
  }

  async finish(): Promise<StoreProblem | undefined> {
    return (await this.#send()) ?? this.#committing;
  }

  async #send(): Promise<StoreProblem | undefined> {
    const problem = await this.#committing;
    if (problem !== undefined || this.#stretches.length === 0) return problem;
    const batch = { stretches: this.#stretches, entries: this.#entries, refusals: this.#refusals };
    this.#stretches = [];
    this.#entries = [];
    this.#refusals = [];
    this.#committing = this.#store.append(batch).then((appended) => (appended.ok ? undefined : appended.error));
    return undefined;
  }
}
