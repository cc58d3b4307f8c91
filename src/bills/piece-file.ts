import { ok, type Result } from "#std";
import { type AppendFile, type Disk, type DiskProblem } from "#world";

/** Part of a file that is received; no record begins in one piece and ends in another. */
export interface Piece {
  readonly path: string;
  /** Bytes of the file before it. */
  readonly from: number;
  readonly bytes: number;
}

export interface PieceFileOptions {
  readonly disk: Disk;
  /** Of the first piece; the others stand beside it. */
  readonly path: string;
  /** A piece that has so many gets no more. */
  readonly pieceBytes: number;
}

/** A file that is received, in pieces: those that are full can be read while more comes. */
export class PieceFile {
  readonly #options: PieceFileOptions;
  readonly #full: Piece[] = [];
  #from = 0;
  #last: AppendFile | undefined;

  private constructor(options: PieceFileOptions, first: AppendFile) {
    this.#options = options;
    this.#last = first;
  }

  static open(options: PieceFileOptions): Result<PieceFile, DiskProblem> {
    const first = options.disk.openAppend(options.path);
    return first.ok ? ok(new PieceFile(options, first.value)) : first;
  }

  /** Those that get no more bytes, in the order of the file. */
  get full(): readonly Piece[] {
    return this.#full;
  }

  /** All or nothing. */
  append(bytes: Buffer): Result<void, DiskProblem> {
    if (bytes.length === 0) return ok(undefined);
    const { disk, path, pieceBytes } = this.#options;
    const opened = this.#last === undefined ? disk.openAppend(`${path}.${this.#full.length}`) : ok(this.#last);
    if (!opened.ok) return opened;
    this.#last = opened.value;
    const written = this.#last.append(bytes);
    if (written.ok && this.#last.length >= pieceBytes) this.end();
    return written;
  }

  /** All of the file is here: every piece is full. */
  end(): void {
    if (this.#last === undefined) return;
    const { path, length } = this.#last;
    this.#last.close();
    this.#last = undefined;
    this.#full.push({ path, from: this.#from, bytes: length });
    this.#from += length;
  }

  remove(): void {
    this.end();
    for (const { path } of this.#full) this.#options.disk.remove(path);
  }
}
