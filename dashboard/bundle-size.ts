/** Prints what a first visit loads, gzipped, and fails over the budget: `node dashboard/bundle-size.ts` after a build. */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 300_000;

const folder = resolve(import.meta.dirname, "../dist/dashboard");
const files = (await readdir(folder, { recursive: true }))
  .filter((name) => /\.(js|css|html|svg)$/.test(name))
  .toSorted();
let total = 0;
for (const name of files) {
  const size = gzipSync(await readFile(join(folder, name))).byteLength;
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  in all, of ${BUDGET_BYTES / 1000} kB`);
if (total > BUDGET_BYTES) process.exitCode = 1;
