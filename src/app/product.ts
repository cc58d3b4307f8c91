import { resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { type Disk } from "#world";

export const VERSION: string = manifest.version;

/** Where the built dashboard lies; undefined when it was not built. */
export function dashboardFolder(disk: Disk): string | undefined {
  const folder = resolve(import.meta.dirname, "../../dist/dashboard");
  return disk.size(`${folder}/index.html`) === undefined ? undefined : folder;
}
