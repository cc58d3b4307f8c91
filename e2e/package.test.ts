/** The npm package as its users get it: built, packed, installed into an empty folder, and started from there. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import manifest from "../package.json" with { type: "json" };
import { setStage } from "./harness/stage.ts";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tare-package-"));
const installed = join(folder, "node_modules/tare");

/** The packages that come with it, by the lock file that npm wrote. */
const Lock = z.object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })) });

let tarball = "";

beforeAll(() => {
  run(process.execPath, [join(root, "bin/build-package.ts")], root);
  run("npm", ["pack", join(root, "dist/package"), "--silent"], folder);
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "none");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  run("npm", ["install", tarball, "--no-audit", "--no-fund", "--loglevel=error"], folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, options: readonly string[], cwd: string): string {
  return execFileSync(program, options, { cwd, encoding: "utf8" });
}

it("is small, and brings few packages, none of which runs anything when it is installed", () => {
  const lock = Lock.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")));
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
  // Optional ones of other platforms stand in the lock file and are not installed.
  const here = packages.filter(([path]) => statSync(join(folder, path), { throwIfNoEntry: false }) !== undefined);
  const bytes = statSync(tarball).size;
  console.info(`  ${manifest.name} ${manifest.version}: ${bytes} bytes packed, ${here.length} packages installed`);
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  expect(bytes).toBeLessThan(2_000_000);
  expect(here.length).toBeLessThanOrEqual(24);
});

it("contains no source that would have to be compiled, no tests and no demo recordings", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((name) => /\.tsx?$|\.test\.|\.map$/.test(name) && !name.endsWith(".d.ts"))).toEqual([]);
});

it("answers, books and shows a call when it is started from there", async () => {
  const stage = await setStage({ program: join(installed, "bin/tare.js") });
  try {
    const { product } = stage;
    const { secret } = await product.createKey({ team: "support" });
    const answer = await fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
    });
    expect(answer.status).toBe(200);
    await product.waitUntilBooked();
    const page = await fetch(product.control);
    expect(await page.text()).toContain("<title>Tare</title>");
    const spend = run(
      join(folder, "node_modules/.bin/tare"),
      ["spend", "--by", "team", "--last", "1d", "--json", "--url", product.control, "--data", product.dataFolder],
      folder,
    );
    expect(JSON.parse(spend)).toMatchObject({ rows: [{ dimensions: { team: "support" }, calls: 1 }] });
  } finally {
    await stage.strike();
  }
});
