import { beforeEach, describe, expect, it } from "vitest";
import { JournalWriter, listSegments, packSegment, readSegment, setAside } from "#journal";
import { dispatched, settled } from "../events/event-examples.ts";
import { LineEncoder } from "./line.ts";
import { TestClock, TestDisk } from "./test-world.ts";

const folder = "/journal";
const aside = "/set-aside";
const segment = "n.0.a.000001.journal";
const path = `${folder}/${segment}`;
const clock = new TestClock();
const line = Buffer.from(new LineEncoder().encode('{"type":"step-dreamt"}'));

let disk: TestDisk;
/** Where the line stands that nobody can read. */
let at: number;

beforeEach(() => {
  disk = new TestDisk();
  const opened = JournalWriter.open({ disk, clock, folder, node: "n", thread: 0, incarnation: "a", fsync: "never" });
  if (!opened.ok) throw new Error(opened.error.type);
  opened.value.append(dispatched("a"));
  at = disk.size(path) ?? 0;
  opened.value.append(settled("a"));
  opened.value.seal();
  const bytes = disk.read(path, 0, 1e6) ?? Buffer.alloc(0);
  disk.files.set(path, Buffer.concat([bytes.subarray(0, at), line, bytes.subarray(at)]));
});

function readAll() {
  const [found] = listSegments(disk, folder);
  const read = readSegment(disk, found?.path ?? "", { offset: 0 });
  if (!read.ok) throw new Error(read.error.type);
  const { events, corrupted, seal } = read.value;
  return { events: events.map(({ event }) => event.type), corrupted, isSealed: seal !== undefined };
}

const whole = { events: ["attempt-dispatched", "attempt-settled"], corrupted: 1, isSealed: true };

describe("a line that nobody can read", () => {
  it("is kept as it was written, and what stands behind it is read", () => {
    expect(readSegment(disk, path, { offset: at })).toMatchObject({ error: { type: "unreadable-event", at } });
    const length = disk.size(path);
    expect(setAside(disk, { folder, aside }, { segment, at })).toEqual({
      ok: true,
      value: `${aside}/${segment}.${at}`,
    });
    expect(disk.read(`${aside}/${segment}.${at}`, 0, 1e6)).toEqual(line);
    expect(readAll()).toEqual(whole);
    // Places in the segment are what the ledger remembers.
    expect(disk.size(path)).toBe(length);
  });

  it("is kept out of a packed segment too", async () => {
    const [found] = listSegments(disk, folder);
    if (found === undefined) throw new Error("there is no segment");
    expect(await packSegment({ disk, clock }, folder, found)).toMatchObject({ ok: true });
    expect(setAside(disk, { folder, aside }, { segment, at }).ok).toBe(true);
    expect(disk.list(folder)).toEqual([segment]);
    expect(disk.read(`${aside}/${segment}.${at}`, 0, 1e6)).toEqual(line);
    expect(readAll()).toEqual(whole);
  });

  it("is there again when what was kept is written back", () => {
    const before = Buffer.from(disk.files.get(path) ?? Buffer.alloc(0));
    setAside(disk, { folder, aside }, { segment, at });
    disk.read(`${aside}/${segment}.${at}`, 0, 1e6)?.copy(disk.files.get(path) ?? Buffer.alloc(0), at);
    expect(disk.files.get(path)).toEqual(before);
  });

  it("is the only one that is ever touched", () => {
    const before = Buffer.from(disk.files.get(path) ?? Buffer.alloc(0));
    for (const other of [0, 1, at - 1, at + 1, at + line.length, 1e6])
      expect(setAside(disk, { folder, aside }, { segment, at: other })).toEqual({
        ok: false,
        error: { type: "readable", segment, at: other },
      });
    expect(setAside(disk, { folder, aside }, { segment: "other.journal", at })).toMatchObject({
      error: { type: "no-segment" },
    });
    expect(disk.files.get(path)).toEqual(before);
    expect(disk.list(aside)).toEqual([]);
  });

  it("stays as it is while there is no room to keep it", () => {
    disk.capacity = 0;
    expect(setAside(disk, { folder, aside }, { segment, at })).toMatchObject({ error: { type: "disk-full" } });
    expect(readSegment(disk, path, { offset: at })).toMatchObject({ error: { type: "unreadable-event", at } });
  });
});
