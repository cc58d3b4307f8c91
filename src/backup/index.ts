/** Backup and restore: a folder to start from, made while everything runs, checked when made and when used. */
export { type BackupProblem, writeBackup } from "./write-backup.ts";
export { type BackupManifest } from "./backup-manifest.ts";
export { type Restored, restoreBackup, type RestoreProblem } from "./restore-backup.ts";
