import { BIGINT, LIST, listValue, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { knownWordsInOrder } from "./known-words.ts";
import { readRows } from "./read-rows.ts";

export interface WordColumn {
  readonly table: string;
  readonly name: string;
}

/** Words held in memory at most, in halves of which the older is let go: about 25 MB. */
const HELD_MAX = 200_000;
/** So many are read when a ledger is opened. */
const READ_MAX = 50_000;
/** Of words that pages have asked for: about 10 MB. */
const SPELLED_MAX = 50_000;

/** Stands for a word that nobody has written; no row has it. */
const NO_CODE = 0;

/**
 * The words of a ledger and the numbers that stand for them in its columns. The table has all of them; here are those
 * that were used lately. Rows of one word have one number, so that SQL groups and filters numbers.
 */
export class WordBook {
  #codes = new Map<string, number>();
  #olderCodes = new Map<string, number>();
  readonly #words = new Map<number, string>();
  #last = 0;
  /** Every word of the table is held: whatever is not is new, and need not be looked for. */
  #isWhole = false;

  static createTable(): string {
    return "CREATE TABLE words (code UINTEGER NOT NULL, word VARCHAR NOT NULL)";
  }

  /** Into a new table. */
  static async writeKnown(connection: DuckDBConnection): Promise<void> {
    await connection.run(
      "INSERT INTO words SELECT unnest(range(1, len($1) + 1)), unnest($1)",
      [listValue([...knownWordsInOrder()])],
      [LIST(VARCHAR)],
    );
  }

  static async open(connection: DuckDBConnection): Promise<WordBook> {
    const book = new WordBook();
    const [row] = await readRows(connection, "SELECT max(code) AS last FROM words");
    book.#last = Number(row?.["last"]);
    await book.#read(connection);
    return book;
  }

  async #read(connection: DuckDBConnection): Promise<void> {
    const [row] = await readRows(connection, "SELECT count(*) AS words FROM words");
    this.#isWhole = Number(row?.["words"]) <= READ_MAX;
    if (!this.#isWhole) return;
    for (const { code, word } of await readRows(connection, "SELECT code, word FROM words"))
      this.#hold(Number(code), String(word));
  }

  /** Undefined when the word is not held; the table may have it all the same. */
  codeOf(word: string): number | undefined {
    return this.#codes.get(word) ?? this.#olderCodes.get(word);
  }

  draft(): DraftWords {
    return new DraftWords(this);
  }

  /**
   * The numbers of a draft's words, in their order; new ones are written. Inside the transaction that the connection is
   * in: `keep` is called after its commit, and never when it was rolled back.
   */
  async resolve(
    connection: DuckDBConnection,
    words: readonly string[],
  ): Promise<{ readonly codes: Int32Array; readonly keep: () => void }> {
    const found = await this.#find(connection, words);
    const first = this.#last + 1;
    const fresh: string[] = [];
    const codes = new Int32Array(words.length);
    for (const [place, word] of words.entries()) {
      const known = found.get(word);
      codes[place] = known ?? first + fresh.length;
      if (known === undefined) fresh.push(word);
    }
    if (fresh.length > 0)
      await connection.run(
        "INSERT INTO words SELECT unnest(range($2, $2 + len($1))), unnest($1)",
        [listValue(fresh), BigInt(first)],
        [LIST(VARCHAR), BIGINT],
      );
    const keep = () => {
      this.#last += fresh.length;
      for (const [place, word] of fresh.entries()) this.#hold(first + place, word);
    };
    return { codes, keep };
  }

  /** The numbers of words that somebody asks for; `NO_CODE` for those that nobody wrote. */
  async codesOf(connection: DuckDBConnection, words: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await this.#find(connection, words);
    for (const [word, code] of found) if (this.codeOf(word) === undefined) this.#hold(code, word);
    return new Map(words.map((word) => [word, found.get(word) ?? NO_CODE]));
  }

  /** Those of committed words: a draft may have words that were new when it was made, and no longer are. */
  async #find(connection: DuckDBConnection, words: readonly string[]): Promise<Map<string, number>> {
    const held = new Map<string, number>();
    const unheld: string[] = [];
    for (const word of words) {
      const code = this.codeOf(word);
      if (code === undefined) unheld.push(word);
      else held.set(word, code);
    }
    if (unheld.length === 0 || this.#isWhole) return held;
    return new Map([...held, ...(await codesIn(connection, unheld))]);
  }

  /** The words of numbers that stand in committed rows. */
  async wordsOf(connection: DuckDBConnection, codes: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
    const words = new Map<number, string>();
    const unheld: number[] = [];
    for (const code of codes) {
      const word = this.#words.get(code);
      if (word === undefined) unheld.push(code);
      else words.set(code, word);
    }
    if (unheld.length === 0) return words;
    for (const row of await readRows(connection, `SELECT code, word FROM words WHERE code IN (${unheld.join(", ")})`)) {
      const [code, word] = [Number(row["code"]), String(row["word"])];
      words.set(code, word);
      if (this.#words.size >= SPELLED_MAX) this.#words.clear();
      this.#words.set(code, word);
    }
    return words;
  }

  /**
   * Lists the words that none of these columns has any more, for `forgetListed`. Reads all of them: 0.1 s for each million
   * rows.
   */
  async listUnused(connection: DuckDBConnection, columns: readonly WordColumn[]): Promise<void> {
    const used = columns.map(({ table, name }) => `SELECT DISTINCT "${name}" AS code FROM ${table}`);
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE unused_words AS
         SELECT words.code FROM words ANTI JOIN (${used.join(" UNION ALL ")}) AS used ON used.code = words.code
         WHERE words.code > $1`,
      [BigInt(knownWordsInOrder().length)],
      [BIGINT],
    );
  }

  /** Not beside anybody who has rows without their words yet, nor beside a draft, which has codes of words that stood. */
  async forgetListed(connection: DuckDBConnection): Promise<void> {
    await connection.run("DELETE FROM words WHERE code IN (SELECT code FROM unused_words)");
    await connection.run("DROP TABLE unused_words");
    this.#codes.clear();
    this.#olderCodes.clear();
    this.#words.clear();
    await this.#read(connection);
  }

  #hold(code: number, word: string): void {
    if (this.#codes.size >= HELD_MAX / 2) {
      this.#isWhole &&= this.#olderCodes.size === 0;
      this.#olderCodes = this.#codes;
      this.#codes = new Map();
    }
    this.#codes.set(word, code);
  }
}

/** Words of rows that wait for their commit: those that the book does not hold get a place below zero until then. */
export class DraftWords {
  readonly #book: WordBook;
  readonly #places = new Map<string, number>();

  constructor(book: WordBook) {
    this.#book = book;
  }

  /** In the order of their places, which count down from -1. */
  get unresolved(): readonly string[] {
    return [...this.#places.keys()];
  }

  codeOf(word: string): number {
    const code = this.#book.codeOf(word) ?? this.#places.get(word);
    if (code !== undefined) return code;
    const place = -1 - this.#places.size;
    this.#places.set(word, place);
    return place;
  }
}

async function codesIn(connection: DuckDBConnection, words: readonly string[]): Promise<Map<string, number>> {
  const rows = await readRows(connection, "SELECT word, code FROM words WHERE word IN (SELECT unnest($1))", {
    values: [listValue([...words])],
    types: [LIST(VARCHAR)],
  });
  return new Map(rows.map((row) => [String(row["word"]), Number(row["code"])]));
}
