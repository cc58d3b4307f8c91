/**
 * Prints what a first visit loads, gzipped, after a build: `node dashboard/bundle-size.ts`. Fails over the budget, and when
 * zod is in the bundle: the page needs the types of the contract only.
 */
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
  const bytes = await readFile(join(folder, name));
  if (bytes.includes("ZodError")) {
    console.log(`zod is in ${name}: import the contract by \`import type\``);
    process.exitCode = 1;
  }
  const size = gzipSync(bytes).byteLength;
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  in all, of ${BUDGET_BYTES / 1000} kB`);
if (total > BUDGET_BYTES) process.exitCode = 1;
