/**
 * Takes a CSV file as its bytes come and gives its records, each behind the number of the line that it begins on and before
 * where it stands in what is given, and how long it is. What
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
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** At the start of a field, in one without quotes, in one with, or behind its closing quote. */
const START = 0;
const PLAIN = 1;
const QUOTED = 2;
const CLOSED = 3;

export class CsvSpool {
  readonly #put: (bytes: Buffer) => void;
  readonly #setAside: (row: SetAside) => void;
  #columns: readonly string[] | undefined;
  /** Used again and again: a part of the file behind what is left of the one before. */
  #memory: Buffer = Buffer.alloc(0);
  readonly #records = new Records();
  #rest: Buffer = Buffer.alloc(0);
  /** How far into `rest` the record was read. */
  #at = 0;
  #place = START;
  #commas = 0;
  #isBent = false;
  /** Of the record that is being read, and of the place in it. */
  #begins = 1;
  #line = 1;
  #isFirst = true;
  /** Bytes that were given before. */
  #given = 0;
  /** No record that is being read needs to be looked at for itself. */
  #isUtf8 = false;
  #problem: CsvProblem | undefined;

  /** `put` gets the records of each part together, in memory that is theirs until it returns. */
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
    let buffer = this.#behindRest(bytes);
    if (this.#isFirst && buffer.length >= BOM.length) {
      this.#isFirst = false;
      if (buffer.subarray(0, BOM.length).equals(BOM)) buffer = buffer.subarray(BOM.length);
    }
    const records = this.#recordsOf(buffer.length);
    const taken = this.#readRecords(buffer, records);
    this.#rest = buffer.subarray(taken);
    this.#at -= taken;
    this.#putAll(records);
    if (this.#rest.length > RECORD_BYTES_MAX) this.#problem ??= this.#endless();
    return this.#problem;
  }

  /** The last record needs no line feed. */
  end(): CsvProblem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#place === QUOTED) return this.#endless();
    const records = this.#recordsOf(this.#rest.length);
    this.#isUtf8 = false;
    if (this.#rest.length > 0) this.#record(this.#rest, records);
    this.#putAll(records);
    return this.#problem ?? (this.#columns === undefined ? { type: "no-header" } : undefined);
  }

  #behindRest(bytes: Buffer): Buffer {
    const length = this.#rest.length + bytes.length;
    const into = length <= this.#memory.length ? this.#memory : Buffer.allocUnsafeSlow(length + (length >> 3));
    // Copies as if by way of other memory, where it is the same.
    this.#rest.copy(into);
    bytes.copy(into, this.#rest.length);
    this.#memory = into;
    return into.subarray(0, length);
  }

  #recordsOf(bytes: number): Records {
    this.#records.begin(this.#given, bytes);
    return this.#records;
  }

  #putAll(records: Records): void {
    this.#given += records.bytes.length;
    if (records.bytes.length > 0) this.#put(records.bytes);
  }

  #endless(): CsvProblem {
    return { type: "unclosed-quote", line: this.#begins };
  }

  /** Gives how many bytes whole records took. */
  #readRecords(bytes: Buffer, records: Records): number {
    this.#isUtf8 = isUtf8(bytes.subarray(0, bytes.lastIndexOf(LF) + 1));
    let begin = 0;
    let place = this.#place;
    for (let at = passOver(bytes, this.#at, place); at < bytes.length; at = passOver(bytes, at + 1, place)) {
      const byte = bytes[at];
      if (byte === LF) this.#line += 1;
      if (byte !== LF || place === QUOTED) {
        place = this.#step(byte, place);
        continue;
      }
      this.#record(bytes.subarray(begin, at), records);
      place = START;
      begin = at + 1;
      this.#begins = this.#line;
      if (this.#problem !== undefined) break;
    }
    this.#place = place;
    this.#at = bytes.length;
    return begin;
  }

  /** The place behind a byte that is no end of a record. */
  #step(byte: number | undefined, place: number): number {
    if (place === QUOTED) return byte === QUOTE ? CLOSED : QUOTED;
    if (byte === COMMA) {
      this.#commas += 1;
      return START;
    }
    if (byte === QUOTE) {
      // Two quotes in a quoted field are one; one in a plain field is nothing that a reader could be sure of.
      this.#isBent ||= place === PLAIN;
      return place === PLAIN ? PLAIN : QUOTED;
    }
    this.#isBent ||= place === CLOSED && byte !== CR;
    return place === START ? PLAIN : place;
  }

  #record(bytes: Buffer, records: Records): void {
    const [fields, isBent] = [this.#commas + 1, this.#isBent];
    this.#commas = 0;
    this.#isBent = false;
    const record = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    if (record.length === 0) return;
    if (this.#columns === undefined) return this.#header(record, isBent);
    const detail = this.#whyNot(record, { fields, isBent });
    if (detail !== undefined) return this.#setAside({ line: this.#begins, column: undefined, detail });
    records.add(this.#begins, record);
  }

  #whyNot(record: Buffer, { fields, isBent }: { readonly fields: number; readonly isBent: boolean }) {
    const expected = this.#columns?.length ?? 0;
    if (isBent) return "a quote stands where none may be";
    if (fields !== expected) return `${fields} fields where the header has ${expected}`;
    return this.#isUtf8 || isUtf8(record) ? undefined : "not UTF-8";
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

/** Where the next byte is that may end something, which in a field are few: a comma, a quote or a line feed. */
function passOver(bytes: Buffer, from: number, place: number): number {
  if (place !== PLAIN && place !== QUOTED) return from;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte <= COMMA && (byte === COMMA || byte === QUOTE || byte === LF)) return at;
  }
  return bytes.length;
}

/** Three numbers of at most 16 digits, their commas and a line feed. */
const FRAME_BYTES_MAX = 52;

/** Records with the numbers of their lines and their places, in one piece of memory that is used again and again. */
class Records {
  #begin = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Of about so many bytes, behind those that were given before. */
  begin(before: number, bytes: number): void {
    this.#begin = before;
    this.#length = 0;
    this.#reserve(bytes + (bytes >> 3) + FRAME_BYTES_MAX);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(line: number, record: Buffer): void {
    this.#reserve(FRAME_BYTES_MAX + record.length);
    this.#length += this.#bytes.write(`${line},`, this.#length, "latin1");
    const at = this.#begin + this.#length;
    this.#length += record.copy(this.#bytes, this.#length);
    this.#length += this.#bytes.write(`,${at},${record.length}\n`, this.#length, "latin1");
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.#length + bytes + ((this.#length + bytes) >> 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
