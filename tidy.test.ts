/** Checks of the code itself that no linter makes. */
import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import manifest from "./package.json" with { type: "json" };
import { mayImport } from "./oxlint.config.ts";

const folders = Object.keys(mayImport);

it("gives every folder a floor and a door", async () => {
  expect(await readdir("src")).toEqual(folders.toSorted());
  expect(Object.keys(manifest.imports).toSorted()).toEqual(folders.map((folder) => `#${folder}`).toSorted());
});

it("lists floors top-down, so no circle can be allowed", () => {
  for (const [folder, allowed] of Object.entries(mayImport)) {
    for (const name of allowed)
      expect(folders.indexOf(name), `${folder} -> ${name}`).toBeGreaterThan(folders.indexOf(folder));
  }
});

it.for(folders)("opens %s with one sentence and exports no more than twelve names", async (folder) => {
  const index = await readFile(`src/${folder}/index.ts`, "utf8");
  expect(index).toMatch(/^\/\*\* [A-Z][^\n]{20,110} \*\/\n/);
  expect(
    index
      .match(/export (type )?\{([^}]*)\}/g)
      ?.join()
      .split(",").length ?? 0,
  ).toBeLessThanOrEqual(12);
});
