#!/usr/bin/env node
// Plain JavaScript, because it has to run on any Node from 20 on: it installs what is missing, then hands over to the
// pinned Node 24, which runs the TypeScript source as it is.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stamp = join(modules, ".tare-lock-hash");
const scripts = ["run-check", "run-tests", "generate-docs", "simulate", "build-package"];

installWhatIsMissing();
const [first = "", ...rest] = process.argv.slice(2);
const isScript = scripts.includes(first);
const script = join(root, "bin", isScript ? `${first}.ts` : "tare.ts");
await handOver(pinnedNode(), script, isScript ? rest : process.argv.slice(2));

function installWhatIsMissing() {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.error("tare: installing the packages of package-lock.json (once; a minute or so)");
  // Not `npm ci`: it empties the folder under the feet of whatever runs from it.
  const flags = ["--include=dev", "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund"];
  const command = ["install", "--no-save", ...flags, "--loglevel=error"];
  const shell = process.platform === "win32";
  const installed = spawnSync("npm", command, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (installed.status !== 0) fail(`npm install did not succeed; see above. Is npm there, and the network?`);
  writeFileSync(stamp, hash);
}

/** The Node of this platform's package in optionalDependencies, else this process's own when it is recent enough. */
function pinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name =
    Object.keys(optionalDependencies).find((each) => each.endsWith(`-${platform}-${process.arch}`)) ?? "none";
  const path = join(modules, name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(path)) return path;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  return fail(`there is no packaged Node 24 for ${platform}-${process.arch}; run this with Node 24 or later.`);
}

async function handOver(node, path, options) {
  if (node === process.execPath) {
    process.argv.splice(1, process.argv.length, path, ...options);
    await import(pathToFileURL(path).href);
    return;
  }
  const child = spawn(node, [path, ...options], { stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  // A terminal sends its interrupt to the whole group: passing it on would count as a second one, which means "at once".
  process.on("SIGINT", () => process.stdin.isTTY || forward("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, forward);
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  console.error(`tare: ${message}`);
  process.exit(1);
}
