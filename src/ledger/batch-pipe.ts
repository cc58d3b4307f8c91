import { type BatchDraft, type LedgerStore, type Piece, type StoreProblem } from "./ledger-store.ts";

/** Gathers pieces into batches, and makes the next while the store commits the one before. */
export class BatchPipe {
  readonly #store: LedgerStore;
  readonly #batchRows: number;
  #draft: BatchDraft;
  #committing: Promise<StoreProblem | undefined> = Promise.resolve(undefined);

  /** Sent so far. */
  rows = 0;

  constructor(store: LedgerStore, batchRows: number) {
    this.#store = store;
    this.#batchRows = batchRows;
    this.#draft = store.draft();
  }

  /** Waits only while two batches are on their way. A problem ends the pass: what follows must not be committed. */
  async add(piece: Piece): Promise<StoreProblem | undefined> {
    this.#draft.add(piece);
    return this.#draft.rows < this.#batchRows ? undefined : this.#send();
  }

  async finish(): Promise<StoreProblem | undefined> {
    return (await this.#send()) ?? this.#committing;
  }

  async #send(): Promise<StoreProblem | undefined> {
    const problem = await this.#committing;
    if (problem !== undefined || this.#draft.isEmpty) return problem;
    const draft = this.#draft;
    this.rows += draft.rows;
    this.#draft = this.#store.draft();
    this.#committing = draft.append().then((appended) => (appended.ok ? undefined : appended.error));
    return undefined;
  }
}
