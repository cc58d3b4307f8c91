/**
 * Takes a CSV file as its bytes come and gives its records, each behind the number of the line that it begins on. What
 * no reader could be sure of is set aside here by its line: a record with another number of fields than the header, a quote
 * where none may be, bytes that are not UTF-8. RFC 4180, with LF or CRLF.
 */
import { isUtf8 } from "node:buffer";

export interface SetAside {
  /** Where the record begins, 1 for the header. */
  readonly line: number;
  readonly column: string | undefined;
  readonly detail: string;
}

/** The file as a whole cannot be read; nothing of it is booked. */
export type CsvProblem =
  | { readonly type: "not-utf8" }
  | { readonly type: "no-header" }
  | { readonly type: "column-twice"; readonly column: string }
  | { readonly type: "unclosed-quote"; readonly line: number };

const RECORD_BYTES_MAX = 1024 * 1024;
const [LF, CR, QUOTE, COMMA] = [0x0a, 0x0d, 0x22, 0x2c];
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** At the start of a field, in one without quotes, in one with, or behind its closing quote. */
type Place = "start" | "plain" | "quoted" | "closed";

export class CsvSpool {
  readonly #put: (bytes: Buffer) => void;
  readonly #setAside: (row: SetAside) => void;
  #columns: readonly string[] | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** How far into `rest` the record was read. */
  #at = 0;
  #place: Place = "start";
  #commas = 0;
  #isBent = false;
  /** Of the record that is being read, and of the place in it. */
  #begins = 1;
  #line = 1;
  #isFirst = true;
  #problem: CsvProblem | undefined;

  constructor(put: (bytes: Buffer) => void, setAside: (row: SetAside) => void) {
    this.#put = put;
    this.#setAside = setAside;
  }

  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** A problem ends the file. */
  add(bytes: Buffer): CsvProblem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    let buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.#isFirst && buffer.length >= BOM.length) {
      this.#isFirst = false;
      if (buffer.subarray(0, BOM.length).equals(BOM)) buffer = buffer.subarray(BOM.length);
    }
    const taken = this.#readRecords(buffer);
    this.#rest = buffer.subarray(taken);
    this.#at -= taken;
    if (this.#rest.length > RECORD_BYTES_MAX) this.#problem ??= this.#endless();
    return this.#problem;
  }

  /** The last record needs no line feed. */
  end(): CsvProblem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#place === "quoted") return this.#endless();
    if (this.#rest.length > 0) this.#record(this.#rest);
    return this.#problem ?? (this.#columns === undefined ? { type: "no-header" } : undefined);
  }

  #endless(): CsvProblem {
    return { type: "unclosed-quote", line: this.#begins };
  }

  /** Gives how many bytes whole records took. */
  #readRecords(bytes: Buffer): number {
    let begin = 0;
    for (let at = this.#at; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === LF) this.#line += 1;
      if (byte === LF && this.#place !== "quoted") {
        this.#record(bytes.subarray(begin, at));
        begin = at + 1;
        this.#begins = this.#line;
        if (this.#problem !== undefined) break;
      } else if (this.#place !== "plain" || byte === COMMA || byte === QUOTE) this.#step(byte);
    }
    this.#at = bytes.length;
    return begin;
  }

  #step(byte: number): void {
    if (this.#place === "quoted") {
      if (byte === QUOTE) this.#place = "closed";
    } else if (byte === COMMA) {
      this.#place = "start";
      this.#commas += 1;
    } else if (byte === QUOTE) {
      // Two quotes in a quoted field are one; one in a plain field is nothing that a reader could be sure of.
      this.#isBent ||= this.#place === "plain";
      this.#place = this.#place === "plain" ? "plain" : "quoted";
    } else {
      this.#isBent ||= this.#place === "closed" && byte !== CR;
      if (this.#place === "start") this.#place = "plain";
    }
  }

  #record(bytes: Buffer): void {
    const [fields, isBent] = [this.#commas + 1, this.#isBent];
    this.#commas = 0;
    this.#isBent = false;
    this.#place = "start";
    const record = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    if (record.length === 0) return;
    if (this.#columns === undefined) return this.#header(record, isBent);
    const detail = this.#whyNot(record, { fields, isBent });
    if (detail !== undefined) return this.#setAside({ line: this.#begins, column: undefined, detail });
    this.#put(Buffer.concat([Buffer.from(`${this.#begins},`), record, Buffer.from("\n")]));
  }

  #whyNot(record: Buffer, { fields, isBent }: { readonly fields: number; readonly isBent: boolean }) {
    const expected = this.#columns?.length ?? 0;
    if (isBent) return "a quote stands where none may be";
    if (fields !== expected) return `${fields} fields where the header has ${expected}`;
    return isUtf8(record) ? undefined : "not UTF-8";
  }

  #header(record: Buffer, isBent: boolean): void {
    // A byte of zero is what UTF-16 looks like from here.
    if (!isUtf8(record) || record.includes(0)) {
      this.#problem = { type: "not-utf8" };
      return;
    }
    const columns = isBent ? [] : splitHeader(record.toString("utf8"));
    const twice = columns.find((name, index) => columns.indexOf(name) !== index);
    if (twice !== undefined) this.#problem = { type: "column-twice", column: twice };
    else if (columns.length === 0) this.#problem = { type: "no-header" };
    this.#columns = columns;
  }
}

const FIELD = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;

function splitHeader(text: string): readonly string[] {
  return [...text.matchAll(FIELD)].map(([, quoted, plain = ""], index) => {
    const name = (quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim();
    // What stands below no name is kept too.
    return name === "" ? `x_Column${index + 1}` : name;
  });
}
