import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { realWorld } from "#world";
import { openDataFolder } from "./data-folder.ts";
import { placeDefaultFolder } from "./place-folder.ts";

const world = realWorld();
let folder: string;
let path: string;
let aside: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tare-place-"));
  path = join(folder, "tare-data");
  aside = join(folder, "tare-demo");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function use(where: string, isDemo: boolean) {
  const opened = openDataFolder(world, { path: where, isDemo });
  if (!opened.ok) throw new Error(opened.error.type);
  world.disk.makeFolder(join(where, "journal"));
  world.disk.replace(join(where, "journal", isDemo ? "simulated" : "real"), Buffer.from("a line"));
  return opened.value;
}

it("is the default folder, for whoever comes first and comes again", () => {
  for (const isDemo of [false, true]) {
    expect(placeDefaultFolder(world, { path, aside, isDemo })).toEqual({ ok: true, value: { path } });
    use(path, isDemo).release();
    expect(placeDefaultFolder(world, { path, aside, isDemo })).toEqual({ ok: true, value: { path } });
    rmSync(path, { recursive: true });
  }
});

it("sets the demo's folder aside for a real start, whole", () => {
  use(path, true).release();
  expect(placeDefaultFolder(world, { path, aside, isDemo: false })).toMatchObject({
    ok: true,
    value: { path, note: "./tare-data held the demo's simulated numbers: they are in ./tare-demo now." },
  });
  expect(world.disk.size(path)).toBeUndefined();
  expect(world.disk.list(join(aside, "journal"))).toEqual(["simulated"]);
  use(path, false).release();
  // The demo goes on where it was left.
  expect(placeDefaultFolder(world, { path, aside, isDemo: true })).toMatchObject({ ok: true, value: { path: aside } });
  use(aside, true).release();
  expect(world.disk.list(join(path, "journal"))).toEqual(["real"]);
});

it("moves no folder that is in use, and none over another", () => {
  const held = use(path, true);
  expect(placeDefaultFolder(world, { path, aside, isDemo: false })).toEqual({
    ok: false,
    error: { type: "folder-held", path },
  });
  held.release();
  use(aside, true).release();
  expect(placeDefaultFolder(world, { path, aside, isDemo: false })).toEqual({ ok: true, value: { path } });
  expect(openDataFolder(world, { path, isDemo: false })).toMatchObject({
    ok: false,
    error: { type: "folder-is-demo" },
  });
});
