import { type BudgetDefinition } from "#budget";
import { type World } from "#world";
import { type Log } from "./log.ts";

const FILE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * The budgets that are in force: those of the configuration, and those made through the API, which are kept beside the
 * checkpoint so that they hold before the office is there, or without it. The office's word replaces them.
 */
export class KeptBudgets {
  readonly #world: World;
  readonly #path: string;
  readonly #log: Log;
  #configured: readonly BudgetDefinition[];
  #made: readonly BudgetDefinition[];
  /** The file has what was made last. */
  #isKept = true;

  constructor(
    world: World,
    { path, log, configured }: { path: string; log: Log; configured: readonly BudgetDefinition[] },
  ) {
    this.#world = world;
    this.#path = path;
    this.#log = log;
    this.#configured = configured;
    this.#made = readDefinitions(world.disk.read(path, 0, FILE_BYTES_MAX));
  }

  /** Of two budgets with one name the configuration's is in force. */
  get definitions(): readonly BudgetDefinition[] {
    const names = new Set(this.#configured.map(({ id }) => id));
    return [...this.#configured, ...this.#made.filter(({ id }) => !names.has(id))];
  }

  /** True when this changed anything. */
  configure(definitions: readonly BudgetDefinition[]): boolean {
    if (written(definitions) === written(this.#configured)) return false;
    this.#configured = definitions;
    return true;
  }

  /** True when this changed anything. A full disk does not keep budgets from changing: the books have them. */
  make(definitions: readonly BudgetDefinition[]): boolean {
    if (written(definitions) === written(this.#made)) return false;
    this.#made = definitions;
    this.#write();
    return true;
  }

  /** Writes what a full disk has not taken, when it takes it. Call it every now and then. */
  tick(): void {
    if (!this.#isKept) this.#write();
  }

  #write(): void {
    const wasKept = this.#isKept;
    const kept = this.#world.disk.replace(this.#path, Buffer.from(written(this.#made)));
    this.#isKept = kept.ok;
    if (!kept.ok && wasKept) this.#log("error", "budgets-not-kept", { problem: kept.error.type, path: this.#path });
    if (kept.ok && !wasKept) this.#log("info", "budgets-kept", { path: this.#path });
  }
}

/** Limits as decimal text, since JSON has no integers of this size. */
interface WrittenBudget extends Omit<BudgetDefinition, "limit"> {
  readonly limit: string;
}

function written(definitions: readonly BudgetDefinition[]): string {
  return JSON.stringify(definitions.map((each): WrittenBudget => ({ ...each, limit: String(each.limit) })));
}

// The file is ours, and is written whole or not at all.
function readDefinitions(bytes: Buffer | undefined): readonly BudgetDefinition[] {
  if (bytes === undefined) return [];
  const kept: readonly WrittenBudget[] = JSON.parse(bytes.toString("utf8"));
  return kept.map((each) => ({ ...each, limit: BigInt(each.limit) }));
}
