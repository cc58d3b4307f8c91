import { type FormatName, type Operation, type Usage } from "#inference";
import { assert } from "#std";
import { type Instant } from "#units";
import { type AppendFile } from "#world";
import { type JsonObject } from "./json.ts";

/**
 * running: not ended yet. delivered: all bytes were handed to the connection. client-gone: the client hung up first.
 * cut: the provider broke off. error: the provider ended a stream that had begun with an error.
 */
type BilledState = "running" | "delivered" | "client-gone" | "cut" | "error";

/** One attempt that the provider bills, as the provider sees it. */
export interface InvoiceLine {
  /** The id in the answer; for answers without one the request id. */
  readonly id: string;
  /** The id in the answer's headers. */
  readonly requestId: string;
  readonly provider: string;
  readonly format: FormatName;
  readonly operation: Operation;
  readonly askedModel: string;
  /** The model that served, as the answer names it. */
  readonly model: string;
  readonly tier: string | undefined;
  readonly stream: boolean;
  readonly state: BilledState;
  /** Whether usage was put on the wire: none, an early count (the start of a stream), or what is billed. */
  readonly reported: "none" | "partial" | "final";
  /** What is billed, in the provider's own words and exactly as its answers say it. */
  readonly usage: JsonObject;
  /** The same in classes that do not overlap: counted while generating, not read back from `usage`. Zeros are left out. */
  readonly quantities: Usage;
  readonly begunAt: Instant;
  readonly endedAt: Instant | undefined;
}

const LINES_IN_MEMORY = 100_000;

/**
 * A provider's own record of what it bills: the truth that ledgers are compared with. Each line is on disk before the
 * bytes that it bills go out; a stream has one line at its beginning and one at its end, and the last line of an id counts.
 */
export class Invoice {
  #file: AppendFile | undefined;
  readonly #ended = new Map<string, InvoiceLine>();
  readonly #running = new Map<string, InvoiceLine>();

  constructor(file: AppendFile | undefined) {
    this.#file = file;
  }

  write(line: InvoiceLine): void {
    if (this.#file !== undefined) {
      const written = this.#file.append(Buffer.from(`${JSON.stringify(line)}\n`));
      assert(written.ok, "a provider's invoice can be written");
    }
    if (line.state === "running") {
      this.#running.set(line.id, line);
      return;
    }
    this.#running.delete(line.id);
    this.#ended.set(line.id, line);
    if (this.#ended.size <= LINES_IN_MEMORY) return;
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest);
      break;
    }
  }

  /** The latest 100,000 ended lines, oldest first, then those still running. The file has all of them. */
  lines(): readonly InvoiceLine[] {
    return [...this.#ended.values(), ...this.#running.values()];
  }

  /** What still ends after this, a background answer for one, is kept in memory only. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
