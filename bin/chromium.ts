import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const INSTALL_MS_MAX = 180_000;

/** Path of a Chromium: `TARE_CHROMIUM`, one on the PATH, or one just installed where that is possible (Debian, root). */
export function findChromium(): string | undefined {
  return process.env["TARE_CHROMIUM"] ?? onPath(names) ?? installed();
}

function onPath(wanted: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.flatMap((folder) => wanted.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed(): string | undefined {
  if (process.getuid?.() !== 0 || onPath(["apt-get"]) === undefined) return undefined;
  console.log("installing chromium for the browser journeys");
  runApt("update");
  runApt("install", "--yes", "--no-install-recommends", "chromium");
  return onPath(names);
}

function runApt(...options: readonly string[]) {
  return spawnSync("apt-get", ["-qq", ...options], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: INSTALL_MS_MAX,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}
