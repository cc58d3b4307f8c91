import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { realWorld } from "#world";
import { ConfigSource } from "./config-source.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-source-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "tare.yaml");
const GOOD = "currency: USD\n";

function open(text: string): ConfigSource {
  writeFileSync(path, text);
  const source = new ConfigSource(realWorld(), { path, env: {}, adjust: (config) => config });
  expect(source.read().ok).toBe(true);
  return source;
}

it("has changed when it reads otherwise at two looks in a row: a file that is being written is not read in the middle", () => {
  const source = open(GOOD);
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, false]);
  for (const piece of ["timezone: ", "timezone: Europe/", "timezone: Europe/Berlin\n"]) {
    writeFileSync(path, GOOD + piece);
    expect(source.hasChanged()).toBe(false);
  }
  expect(source.hasChanged()).toBe(true);
  expect(source.read()).toMatchObject({ ok: true, value: { timezone: "Europe/Berlin" } });
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, false]);
});

it("is refused when it was emptied under running calls, and means all defaults at a start", () => {
  const source = open("");
  writeFileSync(path, GOOD);
  expect(source.read().ok).toBe(true);
  writeFileSync(path, " \n");
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, true]);
  expect(source.read()).toMatchObject({ ok: false, error: { type: "bad-config", problems: [{ code: "empty_file" }] } });
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, false]);
  writeFileSync(path, GOOD);
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, true]);
});

it("that is gone is told once, when it stays so, and is read again when it is back", () => {
  const source = open(GOOD);
  unlinkSync(path);
  // As while an editor puts another file in its place.
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, false]);
  writeFileSync(path, GOOD);
  expect([source.hasChanged(), source.hasChanged(), source.hasChanged()]).toEqual([false, false, false]);
  unlinkSync(path);
  const looks = Array.from({ length: 8 }, () => {
    const isChanged = source.hasChanged();
    if (isChanged) expect(source.read()).toEqual({ ok: false, error: { type: "no-file", path } });
    return isChanged;
  });
  expect(looks.filter((isChanged) => isChanged)).toHaveLength(1);
  writeFileSync(path, GOOD);
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, true]);
  expect(source.read().ok).toBe(true);
  expect([source.hasChanged(), source.hasChanged()]).toEqual([false, false]);
});
