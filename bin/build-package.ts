/** `npm run package`: the npm package in dist/package, JavaScript and built pages, nothing to compile or run at install. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { buildDashboard } from "./build-dashboard.ts";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist/package");

rmSync(target, { recursive: true, force: true });
// Node runs no TypeScript below node_modules, so the types are taken out here; `npm run check` is what checks them.
const compiler = join(root, "node_modules/typescript/bin/tsc");
const compiled = spawnSync(process.execPath, [compiler, "-p", "tsconfig.package.json"], {
  cwd: root,
  stdio: "inherit",
});
if (compiled.status !== 0) throw new Error("the source does not compile; see above");
buildDashboard();
for (const path of ["LICENSE", "README.md", "SECURITY.md", "tare.schema.json", "dist/dashboard"])
  cpSync(join(root, path), join(target, path), { recursive: true });
writeFileSync(join(target, "package.json"), `${JSON.stringify(packageManifest(), null, 2)}\n`);
console.log(`${target}: ${manifest.name} ${manifest.version}`);

function packageManifest(): object {
  const { name, version, description, license, type, imports, dependencies } = manifest;
  const doors = Object.entries(imports).map(([door, path]) => [door, path.replace(/\.ts$/, ".js")]);
  return {
    name,
    version,
    description,
    license,
    type,
    bin: { tare: "bin/tare.js" },
    imports: Object.fromEntries(doors),
    dependencies,
    engines: { node: ">=24" },
  };
}
