import { writeBackup } from "#backup";
import { type Books } from "#books";
import { type BackupSource } from "#control";
import { type DuckDbStore } from "#ledger";
import { err, ok } from "#std";
import { type World } from "#world";
import { describeBackupProblem } from "./describe-backup-problem.ts";
import { type FolderTurns } from "./folder-turns.ts";
import { VERSION } from "./product.ts";

/** Backups of the stores that this office has open. */
export function officeBackups(
  world: World,
  {
    turns,
    ...parts
  }: { readonly folder: string; readonly store: DuckDbStore; readonly books: Books; readonly turns: FolderTurns },
): BackupSource {
  return {
    async make(target) {
      const made = await turns.take(() => writeBackup(world, { ...parts, target, version: VERSION }));
      if (!made.ok) return err(describeBackupProblem(made.error));
      const { files, ...manifest } = made.value;
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const { version, made_at, entries, refusals } = manifest;
      return ok({ folder: target, version, made_at, entries, refusals, files: files.length, bytes });
    },
  };
}
