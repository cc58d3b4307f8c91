import { type DuckDBConnection } from "@duckdb/node-api";
import { type QueryThreads } from "./query-threads.ts";

/**
 * Connections that questions take turns on, first come first served: so many run at a time, and pages cannot starve each other
 * or the loading.
 */
export class Readers {
  readonly #threads: QueryThreads;
  readonly #idle: DuckDBConnection[];
  readonly #count: number;
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #long = 0;

  constructor(connections: readonly DuckDBConnection[], threads: QueryThreads) {
    this.#threads = threads;
    this.#idle = [...connections];
    this.#count = connections.length;
  }

  /** An export or a backup is being written, which may take minutes. */
  get hasLong(): boolean {
    return this.#long > 0;
  }

  async run<Value>(read: (connection: DuckDBConnection) => Promise<Value>): Promise<Value> {
    const connection = await this.#take();
    try {
      await this.#threads.ask();
      return await read(connection);
    } finally {
      this.#threads.asked();
      this.#giveBack(connection);
    }
  }

  async runLong<Value>(read: (connection: DuckDBConnection) => Promise<Value>): Promise<Value> {
    this.#long += 1;
    try {
      return await this.run(read);
    } finally {
      this.#long -= 1;
    }
  }

  /** When everybody who reads has ended; whoever comes meanwhile waits. */
  async alone<Value>(run: () => Promise<Value>): Promise<Value> {
    const taken: DuckDBConnection[] = [];
    while (taken.length < this.#count) taken.push(await this.#take());
    try {
      return await run();
    } finally {
      for (const connection of taken) this.#giveBack(connection);
    }
  }

  /** All of them, when nobody waits for one any more. */
  close(): void {
    for (const connection of this.#idle) connection.closeSync();
  }

  get isAsked(): boolean {
    return this.#waiting.length > 0;
  }

  async #take(): Promise<DuckDBConnection> {
    return (
      this.#idle.pop() ??
      new Promise((resolve) => {
        this.#waiting.push(resolve);
      })
    );
  }

  #giveBack(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }
}
