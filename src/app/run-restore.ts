import { resolve } from "node:path";
import { type Restored, restoreBackup } from "#backup";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { describeBackupProblem } from "./describe-backup-problem.ts";

/** Restores a backup into an empty data folder. The error is one sentence that says what to do. */
export async function runRestore(
  world: World,
  { from, folder }: { readonly from: string; readonly folder: string },
): Promise<Result<Restored, string>> {
  const restored = await restoreBackup(world, { from: resolve(from), folder: resolve(folder) });
  return restored.ok ? ok(restored.value) : err(describeBackupProblem(restored.error));
}
