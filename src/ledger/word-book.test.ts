/** One word has one number, however many words there are and whoever wrote it first. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRows } from "./read-rows.ts";
import { WordBook } from "./word-book.ts";

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeEach(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
  await connection.run(WordBook.createTable());
  await WordBook.writeKnown(connection);
});
afterEach(() => {
  connection.closeSync();
  instance.closeSync();
});

async function write(book: WordBook, words: readonly string[]): Promise<readonly number[]> {
  const draft = book.draft();
  for (const word of words) draft.codeOf(word);
  const { codes, keep } = await book.resolve(connection, draft.unresolved);
  keep();
  const places = new Map(draft.unresolved.map((word, place) => [word, codes[place]]));
  return words.map((word) => places.get(word) ?? book.codeOf(word) ?? 0);
}

function stretch(from: number): readonly string[] {
  return Array.from({ length: 90_000 }, (_, index) => `user-${from + index}`);
}

async function expectOneNumberEach(): Promise<void> {
  const [row] = await readRows(connection, "SELECT count(*) - count(DISTINCT word) AS twice FROM words");
  const [codes] = await readRows(connection, "SELECT count(*) - count(DISTINCT code) AS twice FROM words");
  expect([Number(row?.["twice"]), Number(codes?.["twice"])]).toEqual([0, 0]);
}

it("of words that two drafts found new, the second gets the number of the first", async () => {
  const book = await WordBook.open(connection);
  const [first, second] = [book.draft(), book.draft()];
  for (const draft of [first, second]) for (const word of ["ann", "bob"]) draft.codeOf(word);
  second.codeOf("carol");
  const ofFirst = await book.resolve(connection, first.unresolved);
  ofFirst.keep();
  const ofSecond = await book.resolve(connection, second.unresolved);
  ofSecond.keep();
  expect([...ofSecond.codes].slice(0, 2)).toEqual([...ofFirst.codes]);
  expect(new Set(ofSecond.codes).size).toBe(3);
  await expectOneNumberEach();
});

it("words that were rolled back are as if they had never come", async () => {
  const book = await WordBook.open(connection);
  await connection.run("BEGIN");
  await book.resolve(connection, ["ann"]);
  await connection.run("ROLLBACK");
  const [bob, ann] = await write(book, ["bob", "ann"]);
  expect(await book.wordsOf(connection, new Set([bob ?? 0, ann ?? 0]))).toEqual(
    new Map([
      [bob, "bob"],
      [ann, "ann"],
    ]),
  );
  await expectOneNumberEach();
});

it(
  "words keep their numbers when more have come than memory holds, and after a start",
  { timeout: 30_000 },
  async () => {
    const some = ["user-1", "user-89999", "user-95000", "user-200000", "user-260000"];
    let book = await WordBook.open(connection);
    const written = new Map<string, number | undefined>();
    for (const from of [0, 90_000, 180_000]) {
      const codes = await write(book, stretch(from));
      for (const [place, word] of stretch(from).entries()) if (some.includes(word)) written.set(word, codes[place]);
    }
    const numbers = some.map((word) => written.get(word));
    expect(new Set(numbers).size).toBe(some.length);
    expect(await write(book, some)).toEqual(numbers);
    expect([...(await book.codesOf(connection, [...some, "nobody"])).values()]).toEqual([...numbers, 0]);
    book = await WordBook.open(connection);
    expect(await write(book, [...some, "new"])).toEqual([...numbers, expect.any(Number)]);
    await expectOneNumberEach();
  },
);
