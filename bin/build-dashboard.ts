/** Builds the dashboard's pages where their sources have changed since the last build; a moment's work otherwise. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const stamp = join(root, "dist/dashboard/.sources");
const sources = ["dashboard", "src/contract", "package-lock.json"];

/** Undefined when the pages stand; else why they could not be built. Installed packages carry built pages and no sources. */
export function buildDashboard(say: (line: string) => void): string | undefined {
  if (!existsSync(join(root, "dashboard/vite.config.ts"))) return undefined;
  const digest = digestOf(sources);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return undefined;
  say("building the dashboard (a few seconds, once)");
  const vite = join(root, "node_modules/vite/bin/vite.js");
  if (!existsSync(vite)) return "the dashboard cannot be built: vite is not installed; run npm install";
  const built = spawnSync(process.execPath, [vite, "build", "dashboard", "--logLevel", "error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.status !== 0) return "the dashboard cannot be built; see above";
  writeFileSync(stamp, digest);
  return undefined;
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesIn(join(root, path))) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesIn(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .toSorted();
}
