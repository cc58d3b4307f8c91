/** What sets DuckDB's number of threads: a connection of its own, on which no transaction runs. */
interface Setting {
  run(sql: string): Promise<unknown>;
  closeSync(): void;
}

/**
 * DuckDB's threads: all of them while somebody asks, one while rows are taken in and nobody does. With two, rows go to the
 * second one, and the first asks without a pause whether it is done: that took a third more than taking them in. A checkpoint
 * is work of the one, too; and each change of their number gives the system all memory back that DuckDB keeps for the next rows.
 */
export class QueryThreads {
  readonly #setting: Setting;
  readonly #most: number;
  /** What is set, or will be when everything that was asked for has run. */
  #wanted: number;
  #asking = 0;
  #changes: Promise<unknown> = Promise.resolve();

  /** `most` is what is set now. */
  constructor(setting: Setting, most: number) {
    this.#setting = setting;
    this.#most = most;
    this.#wanted = most;
  }

  /** Before a question; `asked` behind it, also where this fails. */
  async ask(): Promise<void> {
    this.#asking += 1;
    await this.#set(this.#most);
  }

  asked(): void {
    this.#asking -= 1;
  }

  /** Before rows are taken in, or written to the file. DuckDB would wait for questions that run until it takes threads away, so they keep theirs. */
  async load(): Promise<void> {
    if (this.#asking === 0) await this.#set(1);
  }

  close(): void {
    this.#setting.closeSync();
  }

  async #set(threads: number): Promise<void> {
    if (this.#wanted !== threads) {
      this.#wanted = threads;
      const change = () => this.#setting.run(`SET threads = ${threads}`);
      this.#changes = this.#changes.then(change, change);
    }
    await this.#changes;
  }
}
