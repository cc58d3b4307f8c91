/** A ledger with its journal in a temporary folder, and imports into it, for tests. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalWriter } from "#journal";
import { type DuckDbStore, Ledger, openDuckDbStore, type SqlRow } from "#ledger";
import { assert, err, ok } from "#std";
import { instant } from "#units";
import { type Disk, realWorld } from "#world";
import { BillImports, type ImportReport, type NewImport } from "./bill-imports.ts";
import { BillMemory } from "./bill-memory.ts";
import { BillsSection } from "./bills-config.ts";
import { formatDecimal, parseDecimal } from "./exact-decimal.ts";
import { type BillRules } from "./make-bill.ts";

const MEMORY_BYTES = 512 * 1024 * 1024;

export const plainRules: BillRules = { currency: "USD", rates: [], bills: BillsSection.parse({}) };

interface RigOptions {
  readonly isInFile?: boolean;
  readonly left?: Buffer;
  readonly pieceBytes?: number;
}

export class BillsRig {
  readonly folder: string;
  readonly store: DuckDbStore;
  readonly journal: JournalWriter;
  readonly ledger: Ledger;
  imports: BillImports;
  rules: BillRules = plainRules;
  /** Of the clock of imports. */
  aheadMs = 0;
  /** Imports can make files, and write nothing into them. */
  isDiskFull = false;

  readonly #pieceBytes: number | undefined;

  private constructor(folder: string, { store, pieceBytes }: { store: DuckDbStore; pieceBytes: number | undefined }) {
    const world = realWorld();
    this.folder = folder;
    this.store = store;
    const journals = join(folder, "journal");
    const journal = JournalWriter.open({
      disk: world.disk,
      clock: world.clock,
      folder: journals,
      node: "node",
      thread: 0,
      incarnation: "1",
      fsync: "never",
    });
    assert(journal.ok, "a temporary folder can be written");
    this.journal = journal.value;
    this.ledger = new Ledger({ disk: world.disk, clock: world.clock, folder: journals, store });
    this.#pieceBytes = pieceBytes;
    this.imports = this.#startImports();
  }

  #startImports(): BillImports {
    const world = realWorld();
    const clock = { ...world.clock, now: () => instant(world.clock.now() + this.aheadMs) };
    const disk = { ...world.disk, openAppend: (path: string) => this.#openAppend(world.disk, path) };
    return new BillImports({
      world: { ...world, clock, disk },
      folder: join(this.folder, "imports"),
      memory: new BillMemory(this.store),
      journal: () => this.journal,
      rules: () => this.rules,
      loaded: async () => void (await this.ledger.catchUp()),
      ended: () => Promise.resolve(),
      ...(this.#pieceBytes === undefined ? {} : { pieceBytes: this.#pieceBytes }),
    });
  }

  #openAppend(disk: Disk, path: string): ReturnType<Disk["openAppend"]> {
    const opened = disk.openAppend(path);
    if (!opened.ok) return opened;
    const file = opened.value;
    return ok({
      path,
      get length() {
        return file.length;
      },
      append: (bytes) => (this.isDiskFull ? err({ type: "disk-full", path }) : file.append(bytes)),
      sync: () => file.sync(),
      syncNow: () => file.syncNow(),
      close: () => file.close(),
    });
  }

  /** As after a kill: those that were received are forgotten. */
  restartImports(): void {
    this.imports = this.#startImports();
  }

  /** In memory, or in a file as the product has it; with what a killed process left of its journal, if that is given. */
  static async open({ isInFile = false, left, pieceBytes }: RigOptions = {}): Promise<BillsRig> {
    const folder = mkdtempSync(join(tmpdir(), "tare-bills-"));
    if (left !== undefined) {
      mkdirSync(join(folder, "journal"));
      writeFileSync(join(folder, "journal", "node.0.0.000001.journal"), left);
    }
    const path = isInFile ? join(folder, "ledger.duckdb") : ":memory:";
    const store = await openDuckDbStore(path, { memoryBytes: MEMORY_BYTES, threads: 2 });
    assert(store.ok, "a store opens in a new folder");
    return new BillsRig(folder, { store: store.value, pieceBytes });
  }

  async close(): Promise<void> {
    await this.imports.idle();
    this.journal.seal();
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async import(file: Buffer | string, given: Partial<NewImport> = {}): Promise<ImportReport> {
    const begun = this.imports.begin({ name: "file", format: "csv", dates: "iso", whole: false, ...given }, "test");
    assert(begun.ok, "an import can begin");
    const { id } = begun.value;
    const added = this.imports.add(id, { offset: 0, bytes: Buffer.from(file) });
    if (added.ok) this.imports.book(id);
    await this.imports.idle();
    const report = this.imports.get(id);
    assert(report !== undefined, "an import is remembered");
    return report;
  }

  /** All that its journal holds by now, which is one segment. */
  written(): Buffer {
    const folder = join(this.folder, "journal");
    const [segment = ""] = readdirSync(folder).filter((name) => name.endsWith(".journal"));
    return readFileSync(join(folder, segment));
  }

  query(sql: string): Promise<readonly SqlRow[]> {
    return this.store.query(sql, []);
  }

  /** Of each entry, what its charge said. */
  async reported(): Promise<readonly string[]> {
    const rows = await this.query("SELECT detail FROM entry_rows");
    return rows.map(({ detail }) => {
      const { reported }: SqlRow = JSON.parse(String(detail));
      return String(reported);
    });
  }

  /** What the books have of all bills, with what rounding left: to the last digit. */
  async exactSum(): Promise<string> {
    const rows = await this.query(
      "SELECT nanos, json_extract_string(detail, '$.bill.remainder') AS remainder FROM entry_rows WHERE number = -1",
    );
    const sum = rows.reduce((total, row) => {
      assert(typeof row["nanos"] === "bigint", "a bill has its money");
      const rest = parseDecimal(typeof row["remainder"] === "string" ? row["remainder"] : "0") ?? {
        digits: 0n,
        scale: 0,
      };
      return total + row["nanos"] * 10n ** 21n + rest.digits * 10n ** BigInt(30 - rest.scale);
    }, 0n);
    return formatDecimal({ digits: sum, scale: 30 });
  }
}
