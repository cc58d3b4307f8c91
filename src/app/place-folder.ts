import { basename, join } from "node:path";
import { err, ok, type Result } from "#std";
import { type DiskProblem, type World } from "#world";
import { isDemoFolder, isUsedFolder } from "./data-folder.ts";

export interface Placed {
  readonly path: string;
  /** What a user who did not ask for it has to know. */
  readonly note?: string;
}

export type PlacingProblem = { readonly type: "folder-held"; readonly path: string } | DiskProblem;

/**
 * `tare demo` and `tare up` are typed one after the other in one folder, and neither may write where the other did. For
 * the default folder, which nobody chose: a real start sets the demo's aside, and the demo goes to the folder beside a
 * real one. Where that would overwrite something, the folder stays as it is and its opening is refused.
 */
export function placeDefaultFolder(
  { disk }: World,
  { path, aside, isDemo }: { readonly path: string; readonly aside: string; readonly isDemo: boolean },
): Result<Placed, PlacingProblem> {
  if (isDemo) {
    if (isDemoFolder(disk, path) || !isUsedFolder(disk, path)) return ok({ path });
    return ok({ path: aside, note: `${named(path)} holds real numbers: the demo keeps its own in ${named(aside)}.` });
  }
  if (!isDemoFolder(disk, path) || disk.size(aside) !== undefined) return ok({ path });
  const lock = disk.hold(join(path, "lock"));
  if (!lock.ok) return err(lock.error.type === "held" ? { type: "folder-held", path } : lock.error);
  const moved = disk.rename(path, aside);
  lock.value.release();
  if (!moved.ok) return moved;
  return ok({ path, note: `${named(path)} held the demo's simulated numbers: they are in ${named(aside)} now.` });
}

function named(path: string): string {
  return `./${basename(path)}`;
}
