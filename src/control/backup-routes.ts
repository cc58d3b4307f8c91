import { Backup, NewBackup } from "#contract";
import { assert, err, ok } from "#std";
import { noQuery, type Routes } from "./routes.ts";
import { isFromLoopback } from "./same-origin.ts";
import { type BackupSource } from "./sources.ts";
import { type ControlLog } from "./control-log.ts";

export function addBackupRoute(
  routes: Routes,
  { backups, log }: { readonly backups: BackupSource; readonly log: ControlLog },
): void {
  let isRunning = false;
  routes.add({
    method: "POST",
    path: "/api/v1/backups",
    summary: "Makes a backup while everything runs, into a folder of this machine. It holds the data folder's secrets.",
    query: noQuery,
    body: NewBackup,
    answer: Backup,
    status: 201,
    run: async ({ body, caller, context }) => {
      assert(caller !== undefined, "a route that needs a role is reached by somebody");
      // It writes secrets where it is told to: no page and no other machine may tell it.
      if (caller.by !== "token" || !isFromLoopback(context.env.incoming))
        return err({ code: "backup_not_local", detail: "Run `tare backup` on the machine itself." });
      if (isRunning) return err({ code: "backup_running", detail: "Wait until the other one is made." });
      isRunning = true;
      const made = await backups.make(body.folder).finally(() => (isRunning = false));
      if (!made.ok) return err({ code: "backup_failed", detail: made.error });
      log("info", "backup-made", { folder: body.folder, who: caller.who, entries: made.value.entries });
      return ok({ status: 201, json: made.value });
    },
  });
}
