import * as fs from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "#std";
import { type AppendFile, type Disk, type DiskProblem } from "./disk.ts";

const UNREADABLE_CODES: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"]);
const OWNER_ONLY = 0o600;
const OWNER_FOLDER = 0o700;
const SQLITE_BUSY = 5;
const PIECE_BYTES = 64 * 1024;

export function realDisk(): Disk {
  return {
    openAppend: (path) => attempted(path, () => new RealAppendFile(path)),
    truncate: (path, length) => attempted(path, () => fs.truncateSync(path, length)),
    read: readRange,
    size: (path) => fs.statSync(path, { throwIfNoEntry: false })?.size,
    list: (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder).toSorted() : []),
    makeFolder: (path) => attempted(path, () => makeFolders(path)),
    replace: (path, bytes) => attempted(path, () => replaceWhole(path, bytes)),
    rename: (from, to) => attempted(from, () => renameTo(from, to)),
    remove: (path) => fs.rmSync(path, { force: true }),
    freeBytes(path) {
      const { bavail, bsize } = fs.statfsSync(path);
      return bavail * bsize;
    },
    hold,
  };
}

class RealAppendFile implements AppendFile {
  readonly path: string;
  readonly #descriptor: number;
  #length: number;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = fs.openSync(path, "a", OWNER_ONLY);
    this.#length = fs.fstatSync(this.#descriptor).size;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): Result<void, DiskProblem> {
    try {
      let written = 0;
      while (written < bytes.length) written += fs.writeSync(this.#descriptor, bytes, written);
      this.#length += bytes.length;
      return ok(undefined);
    } catch (error) {
      const problem = toDiskProblem(error, this.path);
      // A half-written line would look like a torn crash; taking it back keeps the file readable to its end.
      fs.ftruncateSync(this.#descriptor, this.#length);
      return err(problem);
    }
  }

  sync(): Promise<Result<void, DiskProblem>> {
    return new Promise((resolve) => {
      fs.fdatasync(this.#descriptor, (error) => {
        resolve(error === null ? ok(undefined) : err(toDiskProblem(error, this.path)));
      });
    });
  }

  syncNow(): Result<void, DiskProblem> {
    return attempted(this.path, () => fs.fdatasyncSync(this.#descriptor));
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }
}

function makeFolders(path: string): void {
  const mode = OWNER_FOLDER;
  try {
    fs.mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    // Of whatever keeps the first folder from being made, a disk that is read-only for one, Node says that it is not there.
    if (codeOf(error) !== "ENOENT") throw error;
    fs.mkdirSync(firstMissing(path), { mode });
    fs.mkdirSync(path, { recursive: true, mode });
  }
}

function firstMissing(path: string): string {
  const parent = dirname(path);
  return parent === path || fs.existsSync(parent) ? path : firstMissing(parent);
}

function readRange(path: string, offset: number, most: number, into?: Buffer): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, "r");
  } catch (error) {
    if (UNREADABLE_CODES.has(codeOf(error) ?? "")) return undefined;
    throw error;
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (stat.isDirectory()) return undefined;
    // A pipe has no size and no places: what comes out of it is what it holds.
    if (!stat.isFile()) return readPipe(descriptor, offset + most).subarray(offset);
    const { size } = stat;
    const wanted = Math.max(0, Math.min(most, size - offset));
    const bytes = into !== undefined && into.length >= wanted ? into.subarray(0, wanted) : Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < bytes.length) {
      const count = fs.readSync(descriptor, bytes, filled, bytes.length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Until it ends or so much has come: a device may have no end. */
function readPipe(descriptor: number, most: number): Buffer {
  const pieces: Buffer[] = [];
  for (let left = most; left > 0;) {
    const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
    const count = fs.readSync(descriptor, piece, 0, piece.length, null);
    if (count === 0) break;
    pieces.push(piece.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(pieces);
}

function replaceWhole(path: string, bytes: Uint8Array): void {
  const fresh = `${path}.new`;
  const descriptor = fs.openSync(fresh, "w", OWNER_ONLY);
  try {
    fs.writeFileSync(descriptor, bytes);
    fs.fsyncSync(descriptor);
  } catch (error) {
    // On a full disk the half-written file would take the room that others are waiting for.
    fs.rmSync(fresh, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(fresh, path);
  const folder = fs.openSync(dirname(path), "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

function renameTo(from: string, to: string): void {
  // The system would replace an empty folder, or a file.
  if (fs.existsSync(to)) throw Object.assign(new Error(`${to} is there`), { code: "EEXIST" });
  fs.renameSync(from, to);
}

// SQLite's exclusive transaction is the one lock in Node's own library that the system releases when a process dies.
function hold(path: string): ReturnType<Disk["hold"]> {
  const touched = attempted(path, () => fs.closeSync(fs.openSync(path, "a", OWNER_ONLY)));
  if (!touched.ok) return touched;
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return err({ type: "held" });
    throw error;
  }
  return ok({ release: () => lock.close() });
}

function attempted<Value>(path: string, run: () => Value): Result<Value, DiskProblem> {
  try {
    return ok(run());
  } catch (error) {
    return err(toDiskProblem(error, path));
  }
}

function toDiskProblem(error: unknown, path: string): DiskProblem {
  const code = codeOf(error);
  if (code === undefined) throw error;
  return code === "ENOSPC" || code === "EDQUOT" ? { type: "disk-full", path } : { type: "disk-failed", path, code };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
