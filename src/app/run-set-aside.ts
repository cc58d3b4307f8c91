import { resolve } from "node:path";
import { setAside } from "#journal";
import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { isDemoFolder, isUsedFolder, openDataFolder, pathsIn } from "./data-folder.ts";

export interface SetAsideOptions {
  /** The data folder of a Tare that is stopped. */
  readonly folder: string;
  readonly segment: string;
  readonly at: number;
}

/** Keeps an unreadable line of the journal aside. Gives the file that has it now; the error is a sentence for people. */
export function runSetAside(world: World, { folder, segment, at }: SetAsideOptions): Result<string, string> {
  const path = resolve(folder);
  if (!isUsedFolder(world.disk, path)) return err(`${path} is no data folder`);
  const held = openDataFolder(world, { path, isDemo: isDemoFolder(world.disk, path) });
  if (!held.ok)
    return err(
      held.error.type === "folder-held"
        ? `${path} is in use; stop Tare, set the line aside, and start it again`
        : `${path} cannot be used: ${held.error.type}`,
    );
  const { journal: from, setAside: aside } = pathsIn(path);
  const kept = setAside(world.disk, { folder: from, aside }, { segment, at });
  held.value.release();
  if (kept.ok) return ok(kept.value);
  switch (kept.error.type) {
    case "no-segment":
      return err(`${from} has no segment ${segment}; \`tare status\` names those that are held`);
    case "readable":
      return err(`no line that cannot be read begins at byte ${at} of ${segment}; nothing was changed`);
    default:
      return err(`${segment} cannot be changed: ${kept.error.type}; nothing is lost`);
  }
}
