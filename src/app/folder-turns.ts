/** Who copies, packs or deletes segments does so alone: a backup would find a file gone that it was about to copy. */
export class FolderTurns {
  #last: Promise<unknown> = Promise.resolve();
  #taken = 0;

  /** Nobody has a turn, or waits for one. */
  get isFree(): boolean {
    return this.#taken === 0;
  }

  /** Runs `work` when everybody who came before has ended. */
  async take<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#taken += 1;
    const turn = this.#last.then(work);
    this.#last = Promise.allSettled([turn]);
    try {
      return await turn;
    } finally {
      this.#taken -= 1;
    }
  }
}
