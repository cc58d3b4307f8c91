import { type FormatName, type Operation, type Usage, usageClasses } from "#inference";
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
const DAY_MS = 86_400_000;

/** What ended lines of one day in UTC, operation, model and tier come to. */
export interface DayUse {
  /** Midnight. */
  readonly dayMs: number;
  readonly operation: Operation;
  readonly model: string;
  readonly tier: string | undefined;
  readonly lines: number;
  readonly quantities: Usage;
}

/**
 * A provider's own record of what it bills: the truth that ledgers are compared with. Each line is on disk before the
 * bytes that it bills go out; a stream has one line at its beginning and one at its end, and the last line of an id counts.
 */
export class Invoice {
  #file: AppendFile | undefined;
  readonly #ended = new Map<string, InvoiceLine>();
  readonly #running = new Map<string, InvoiceLine>();
  readonly #days = new Map<string, DayUse>();

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
    const before = this.#ended.get(line.id);
    if (before !== undefined) this.#add(before, -1);
    this.#add(line, 1);
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

  /** Everything that ended since this invoice was opened, added up: what usage and cost reports are made of. */
  days(): readonly DayUse[] {
    return [...this.#days.values()].filter(({ lines }) => lines > 0);
  }

  #add({ begunAt, operation, model, tier, quantities }: InvoiceLine, sign: 1 | -1): void {
    const dayMs = Math.floor(begunAt / DAY_MS) * DAY_MS;
    const key = JSON.stringify([dayMs, operation, model, tier]);
    const known = this.#days.get(key) ?? { dayMs, operation, model, tier, lines: 0, quantities: {} };
    this.#days.set(key, {
      ...known,
      lines: known.lines + sign,
      quantities: addUsage(known.quantities, quantities, sign),
    });
  }

  /** What still ends after this, a background answer for one, is kept in memory only. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

export function addUsage(sum: Usage, more: Usage, sign: 1 | -1 = 1): Usage {
  const added: { -readonly [Class in keyof Usage]: Usage[Class] } = { ...sum };
  for (const name of usageClasses) {
    const quantity = more[name];
    if (quantity !== undefined) added[name] = (added[name] ?? 0) + sign * quantity;
  }
  return added;
}
