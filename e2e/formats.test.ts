/** Data folders that this version and earlier ones have recorded are opened; one of a newer version is refused untouched. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { crc32, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SpendAnswer } from "#contract";
import { fault, recovers } from "./harness/faults.ts";
import { Product } from "./harness/product.ts";

const FIXTURES = resolve(import.meta.dirname, "fixtures");
/** Named after what they are of: `books-N-ledger-M-journal-K`, and without a journal where that is of format 1. */
const recorded = readdirSync(FIXTURES).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
const newest = recorded.at(-1) ?? "";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tare-formats-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function copyOf(name: string): Product {
  const data = join(root, "tare-data");
  mkdirSync(data);
  cpSync(join(FIXTURES, name), data, { recursive: true });
  writeFileSync(join(data, "ledger.duckdb"), gunzipSync(readFileSync(join(data, "ledger.duckdb.gz"))));
  for (const file of ["ledger.duckdb.gz", "expected.json"]) rmSync(join(data, file));
  return new Product({ folder: root, config: "" });
}

function expectedOf(name: string): { readonly secret: string; readonly spend: SpendAnswer } {
  return JSON.parse(readFileSync(join(FIXTURES, name, "expected.json"), "utf8")) as ReturnType<typeof expectedOf>;
}

const tableOf = (name: string) => /ledger-\d+/.exec(name)?.[0];
const byModel = ({ rows }: SpendAnswer) =>
  rows.map(({ dimensions, gross_nanos, attempts }) => `${dimensions["model"]} ${attempts} ${gross_nanos}`).toSorted();

describe("a recorded folder", () => {
  it.each(recorded)("%s has the same spend and the same key", async (name) => {
    const { secret, spend } = expectedOf(name);
    const product = copyOf(name);
    // A ledger of this version is taken as it is: without it every line of its journal is read.
    const isOfToday = tableOf(name) === tableOf(newest);
    if (isOfToday && name !== newest) rmSync(join(product.dataFolder, "ledger.duckdb"));
    await product.start();
    // What was made again is that for good: the second start of the newest has nothing to do.
    for (const round of name === newest ? ["first", "second"] : ["only"]) {
      await product.waitUntilBooked();
      const answer = await product.api<SpendAnswer>(
        "/spend?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&by=model",
      );
      expect(byModel(answer), round).toEqual(byModel(spend));
      const models = await fetch(`${product.dataPlane}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
      expect(models.status, round).toBe(200);
      expect(await product.stop(), round).toBe(0);
      if (round === "first") await product.start();
    }
    // Made again once where its table was another's, and not where it is this version's.
    expect(product.output.split("ledger-rebuilt").length - 1).toBe(isOfToday ? 0 : 1);
  });
});

describe("a folder of a newer version", () => {
  it(
    ...fault({
      name: "the folder was written by a newer Tare (its journal)",
      users: "nothing: the start is refused with `folder_newer`",
      lost: "nothing; no file is touched",
      recovery: "start the newer version, or restore a backup from before the upgrade",
      within: "15 s",
    }),
    async () => {
      const product = copyOf(newest);
      const line = JSON.stringify({ type: "segment", version: 99 });
      const crc = crc32(line).toString(16).padStart(8, "0");
      writeFileSync(join(product.dataFolder, "journal/later.1.9999999999999.000001.journal"), `${line}\t${crc}\n`);
      const before = digestOf(product);
      await expect(product.start()).rejects.toThrow(/folder_newer: .* \(journal format 99\)/);
      expect(digestOf(product)).toEqual(before);
      await recovers("the folder was written by a newer Tare (its journal)", startedOnBackup);
    },
  );

  it(
    ...fault({
      name: "the folder was written by a newer Tare (its books)",
      users: "nothing: the start is refused with `folder_newer`",
      lost: "nothing; ledger and journal are not touched",
      recovery: "start the newer version, or restore a backup from before the upgrade",
      within: "15 s",
    }),
    async () => {
      const product = copyOf(newest);
      const books = new DatabaseSync(join(product.dataFolder, "books.sqlite"));
      books.exec("INSERT INTO migrations (version, name, applied_at) VALUES (99, 'of later', 0)");
      books.close();
      const ledger = readFileSync(join(product.dataFolder, "ledger.duckdb"));
      await expect(product.start()).rejects.toThrow(/folder_newer: a newer Tare wrote them \(tables of version 99/);
      expect(readFileSync(join(product.dataFolder, "ledger.duckdb")).equals(ledger)).toBe(true);
      await recovers("the folder was written by a newer Tare (its books)", startedOnBackup);
    },
  );
});

/** The folder as it was before the upgrade, in the place of the newer one. */
async function startedOnBackup(): Promise<boolean> {
  rmSync(join(root, "tare-data"), { recursive: true });
  const product = await copyOf(newest).start();
  const { status } = await fetch(`${product.dataPlane}/readyz`);
  return (await product.stop()) === 0 && status === 200;
}

function digestOf(product: Product): readonly string[] {
  return product
    .files()
    .filter((file) => !file.endsWith("lock"))
    .map((file) => `${file} ${crc32(readFileSync(file))}`)
    .toSorted();
}
