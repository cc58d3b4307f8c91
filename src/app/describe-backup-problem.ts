import { type BackupProblem, type RestoreProblem } from "#backup";
import { unreachable } from "#std";

/** One sentence that says what to do. */
export function describeBackupProblem(problem: BackupProblem | RestoreProblem): string {
  switch (problem.type) {
    case "bad-target":
      return `${problem.target} is no place for a backup: write an absolute path outside the data folder.`;
    case "target-not-empty":
      return `${problem.target} is not empty; a backup goes into a folder of its own.`;
    case "copy-failed":
      return `It could not be copied: ${problem.detail}.`;
    case "copy-differs":
      return `The copy is not what it should be, so there is no backup: ${problem.detail}.`;
    case "not-a-backup":
      return `${problem.folder} is no backup, or one of a newer version: its tare-backup.json is missing or unknown.`;
    case "folder-not-empty":
      return `${problem.folder} is not empty. Move it away, or restore into another folder with --data.`;
    case "folder-held":
      return `A Tare runs on ${problem.folder}. Stop it first.`;
    case "file-differs":
      return `${problem.path} is not what the backup's list says: it was changed or damaged. Do not start from this folder.`;
    case "stores-differ":
      return `The stores are not what the backup's list says: ${problem.detail}. Do not start from this folder.`;
    default:
      return describeFileProblem(problem);
  }
}

type FileProblem = Extract<BackupProblem, { readonly type: "file-gone" | "disk-full" | "disk-failed" }>;

function describeFileProblem(problem: FileProblem): string {
  switch (problem.type) {
    case "file-gone":
      return `${problem.path} is gone.`;
    case "disk-full":
      return `The disk is full at ${problem.path}.`;
    case "disk-failed":
      return `${problem.path} cannot be written or read (${problem.code}).`;
    default:
      return unreachable(problem);
  }
}
