/** What the charges of a file say, word for word, packed together: a tenth of what they take one by one. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { assert } from "#std";

/** Beyond what one line may hold: no packed text makes memory run out. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
/** Level 3 saves a fifth more and takes twice the time. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const BYTES_PER_UNIT = 3;
const FIRST_BYTES = 64 * 1024;

/** Takes rows one by one into memory that it uses again: a million of them are half a gigabyte. */
export class RowPacker {
  readonly #names: string;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  constructor(names: readonly string[]) {
    this.#names = JSON.stringify(names);
    this.#begin();
  }

  /** Before they are packed. */
  get bytes(): number {
    return this.#length;
  }

  /** Values in the order of the names, as a JSON array with null for what is absent. */
  add(row: string): void {
    this.#put(",");
    this.#put(row);
  }

  /** What was added, and is empty again. */
  pack(): string {
    this.#put("]");
    const packed = zstdCompressSync(this.#buffer.subarray(0, this.#length), PACKING).toString("base64");
    this.#begin();
    return packed;
  }

  #begin(): void {
    this.#length = 0;
    this.#put("[");
    this.#put(this.#names);
  }

  #put(text: string): void {
    const most = this.#length + text.length * BYTES_PER_UNIT;
    if (most > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(most * 2);
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(text, this.#length, "utf8");
  }
}

/** Of each row the columns that have a value, as the text of a JSON object in the order of the names. */
export function unpackRows(packed: string): readonly string[] {
  const bytes = zstdDecompressSync(Buffer.from(packed, "base64"), { maxOutputLength: UNPACKED_BYTES_MAX });
  const lists: unknown = JSON.parse(bytes.toString("utf8"));
  assert(Array.isArray(lists), "packed rows are a list of lists");
  const [names, ...rows]: readonly (readonly unknown[])[] = lists;
  assert(names !== undefined, "packed rows begin with their names");
  const keys = names.map((name) => JSON.stringify(name));
  return rows.map((values) => {
    const said = keys.flatMap((key, index) => {
      const value = values[index];
      return typeof value === "string" ? [`${key}:${JSON.stringify(value)}`] : [];
    });
    return `{${said.join(",")}}`;
  });
}
