import { ok, type Result } from "#std";
import { type AppendFile, type Disk, type DiskProblem } from "#world";

/** A span that is no step: it only says below which other one it stands. */
export interface SpanLink {
  readonly tenant: string;
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
}

/** What it takes of a disk. */
export type LinkDisk = Pick<Disk, "openAppend" | "read" | "list" | "makeFolder" | "replace" | "remove">;

/** In one file, of which the newest two are kept: about 100 bytes each. */
const LINKS_IN_FILE = 50_000;
/** 66 of ids, and a tenant. */
const LINE_BYTES_MAX = 256;
const NAME = /^\d{8}\.links$/;
const LINE = /^([0-9a-f]{32}) ([0-9a-f]{16}) ([0-9a-f]{16}) (.+)$/;

/**
 * The newest 50,000 to 100,000 links for an office started anew, in files of their own that nothing else needs, since the ledger
 * has steps and calls and no place for what is neither: without them two measurements of one
 * answer may be counted twice, and no more. They survive a crash of the process; after a loss of power the newest may be missing.
 */
export class LinkLog {
  readonly #disk: LinkDisk;
  readonly #folder: string;
  readonly #mostInFile: number;
  #file: AppendFile | undefined;
  #inFile = 0;
  #waiting: SpanLink[] = [];

  constructor(disk: LinkDisk, folder: string, mostInFile = LINKS_IN_FILE) {
    this.#disk = disk;
    this.#folder = folder;
    this.#mostInFile = mostInFile;
  }

  /** Oldest first. */
  read(): readonly SpanLink[] {
    return this.#names().flatMap((name) => this.#readFile(`${this.#folder}/${name}`));
  }

  /** What cannot be written is written first the next time. */
  append(links: readonly SpanLink[]): Result<void, DiskProblem> {
    this.#waiting.push(...links);
    if (this.#waiting.length === 0) return ok(undefined);
    if (this.#waiting.length > this.#mostInFile) this.#waiting = this.#waiting.slice(-this.#mostInFile);
    const file = this.#fileWithRoom();
    if (!file.ok) return file;
    const written = file.value.append(encode(this.#waiting));
    if (!written.ok) return written;
    this.#inFile += this.#waiting.length;
    this.#waiting = [];
    return written;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** A process begins a file of its own: what another left behind may end in half a line. */
  #fileWithRoom(): Result<AppendFile, DiskProblem> {
    if (this.#file !== undefined && this.#inFile < this.#mostInFile) return ok(this.#file);
    const made = this.#disk.makeFolder(this.#folder);
    if (!made.ok) return made;
    const before = this.#names();
    const number = Number(before.at(-1)?.slice(0, 8) ?? "0") + 1;
    const kept = this.#file === undefined ? this.#compacted(before) : { names: before.slice(-1), problem: undefined };
    if (kept.problem !== undefined) return kept.problem;
    const opened = this.#disk.openAppend(`${this.#folder}/${nameOf(number)}`);
    if (!opened.ok) return opened;
    for (const name of before) if (!kept.names.includes(name)) this.#disk.remove(`${this.#folder}/${name}`);
    this.#file?.close();
    this.#file = opened.value;
    this.#inFile = 0;
    return opened;
  }

  /** Offices that are started again and again leave small files behind: they become the one that is kept beside the new one. */
  #compacted(before: readonly string[]) {
    const newest = before.at(-1);
    if (newest === undefined || before.length === 1) return { names: before, problem: undefined };
    const links = this.read().slice(-this.#mostInFile);
    const replaced = this.#disk.replace(`${this.#folder}/${newest}`, encode(links));
    return { names: [newest], problem: replaced.ok ? undefined : replaced };
  }

  #names(): readonly string[] {
    return this.#disk.list(this.#folder).filter((name) => NAME.test(name));
  }

  #readFile(path: string): readonly SpanLink[] {
    const bytes = this.#disk.read(path, 0, this.#mostInFile * 2 * LINE_BYTES_MAX);
    // What stands behind the last end of a line was cut off by a crash.
    return (bytes?.toString("utf8").split("\n").slice(0, -1) ?? []).flatMap(decode);
  }
}

function encode(links: readonly SpanLink[]): Buffer {
  return Buffer.from(links.map(({ tenant, trace, id, parent }) => `${trace} ${id} ${parent} ${tenant}\n`).join(""));
}

function decode(line: string): readonly SpanLink[] {
  const [, trace, id, parent, tenant] = LINE.exec(line) ?? [];
  if (trace === undefined || id === undefined || parent === undefined || tenant === undefined) return [];
  return [{ tenant, trace, id, parent }];
}

function nameOf(number: number): string {
  return `${number.toString().padStart(8, "0")}.links`;
}
