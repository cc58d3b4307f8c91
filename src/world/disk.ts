import { type Result } from "#std";

export type DiskProblem =
  | { readonly type: "disk-full"; readonly path: string }
  | { readonly type: "disk-failed"; readonly path: string; readonly code: string };

/** A file that only grows. */
export interface AppendFile {
  readonly path: string;
  /** Bytes that were appended in full. */
  readonly length: number;
  /**
   * Appends all or nothing, before it returns; survives a crash of the process, and after `sync` a loss of power. When
   * the disk fills in the middle, what was written is taken back.
   */
  append(bytes: Uint8Array): Result<void, DiskProblem>;
  sync(): Promise<Result<void, DiskProblem>>;
  syncNow(): Result<void, DiskProblem>;
  close(): void;
}

/** Files, by absolute path. Reads throw on what cannot be expected: a file that we wrote and that is gone. */
export interface Disk {
  /** Opens for appending at the end, made with mode 0600 when it is not there. */
  openAppend(path: string): Result<AppendFile, DiskProblem>;
  /** Cuts the file to `length` bytes. */
  truncate(path: string, length: number): Result<void, DiskProblem>;
  /**
   * Bytes from `offset`, at most `most`; fewer at the end; undefined when no such file can be opened. A pipe is
   * read to its end, and what it held is gone. Where `into` has room
   * for them they are put there, and are good until it is used again.
   */
  read(path: string, offset: number, most: number, into?: Buffer): Buffer | undefined;
  size(path: string): number | undefined;
  /** Names in a folder, sorted; empty when it is not there. */
  list(folder: string): readonly string[];
  makeFolder(path: string): Result<void, DiskProblem>;
  /** Writes a whole file by way of a new one and a rename; mode 0600. */
  replace(path: string, bytes: Uint8Array): Result<void, DiskProblem>;
  /** Gives a file or a folder another name on the same disk, where there must be nothing yet. */
  rename(from: string, to: string): Result<void, DiskProblem>;
  remove(path: string): void;
  freeBytes(path: string): number;
  /**
   * Holds a file for this process alone until `release` or its death, however it dies: the system lets go, so nothing
   * is left to clean up. `held` when another process has it.
   */
  hold(path: string): Result<{ release(): void }, { readonly type: "held" } | DiskProblem>;
}
