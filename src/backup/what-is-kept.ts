/** The data folder, as a backup sees it. */
import { join } from "node:path";
import { type Disk } from "#world";

export const LEDGER = "ledger.duckdb";
export const BOOKS = "books.sqlite";
export const JOURNAL = "journal";

/** Folders whose files are replaced whole, so that each can be copied alone. */
export const LONE_FOLDERS = ["secrets", "budgets", "set-aside"] as const;

/** Files beside the stores at the top. The lock is not one: it belongs to the process that holds it. */
const LONE_FILES = ["node", "DEMO"] as const;

/** Paths from the data folder, of those that are there. */
export function loneFiles(disk: Disk, folder: string): readonly string[] {
  const inFolders = LONE_FOLDERS.flatMap((name) =>
    disk
      .list(join(folder, name))
      // A file that is being replaced has another name until it is whole.
      .filter((file) => !file.endsWith(".new"))
      .map((file) => `${name}/${file}`),
  );
  return [...LONE_FILES.filter((file) => disk.size(join(folder, file)) !== undefined), ...inFolders];
}
