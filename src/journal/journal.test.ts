import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JournalEvent } from "#events";
import { JournalWriter, listSegments, readSegment, sealAbandoned } from "#journal";
import { realWorld } from "#world";
import { encodeCallObject } from "../events/call-object.ts";
import { anyCallLine, anyEvent } from "../events/event.arbitrary.ts";
import { dispatched, recalled, refused, settled } from "../events/event-examples.ts";
import { type JournalWriterOptions } from "./journal-writer.ts";
import { LineEncoder } from "./line.ts";
import { Crash, TestClock, TestDisk } from "./test-world.ts";
import { fault, recovers } from "../../e2e/harness/faults.ts";

const MEBIBYTE = 1024 * 1024;

function openJournal(differing: Partial<JournalWriterOptions> = {}) {
  const disk = new TestDisk();
  const clock = new TestClock();
  const options: JournalWriterOptions = {
    disk,
    clock,
    folder: "/journal",
    node: "n",
    thread: 0,
    incarnation: "a",
    fsync: "never",
    ...differing,
  };
  const opened = JournalWriter.open(options);
  if (!opened.ok) throw new Error(opened.error.type);
  return { disk, clock, journal: opened.value };
}

function readAll(disk: TestDisk) {
  return listSegments(disk, "/journal").map((segment) => {
    const read = readSegment(disk, segment.path, { offset: 0 });
    if (!read.ok) throw new Error(read.error.type);
    return { ...read.value, sequence: segment.sequence, path: segment.path };
  });
}

/** What a ledger concludes, segment by segment: attempts settled, and attempts in doubt. */
function conclude(disk: TestDisk) {
  const settledOnes: string[] = [];
  const inDoubt: string[] = [];
  for (const { events, seal } of readAll(disk)) {
    const open = new Set<string>();
    for (const { event } of events) {
      if (event.type === "attempt-dispatched") open.add(event.attempt);
      if (event.type !== "attempt-settled") continue;
      settledOnes.push(event.attempt);
      open.delete(event.attempt);
    }
    if (seal !== undefined) inDoubt.push(...[...open].filter((attempt) => !seal.carried.includes(attempt)));
  }
  return { settled: settledOnes.toSorted(), inDoubt: inDoubt.toSorted() };
}

/** As a crash has left it: without its seal. */
function writeEarlier(disk: TestDisk, version: number, texts: readonly string[]): void {
  const header = { type: "segment", version, node: "n", thread: 0, incarnation: "0", sequence: 1, openedAt: 1 };
  disk.files.set(
    "/journal/n.0.0.000001.journal",
    Buffer.from(new LineEncoder().encode(JSON.stringify(header), ...texts)),
  );
}

const none = () => false;

describe("a journal", () => {
  it("gives back every event in order, whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        const { disk, journal } = openJournal();
        for (const event of events) expect(journal.append(event).ok).toBe(true);
        journal.seal();
        const [segment] = readAll(disk);
        expect(segment?.events.map(({ event }) => event)).toEqual(events);
        expect(segment).toMatchObject({ header: { node: "n", incarnation: "a" }, corrupted: 0, torn: 0, seal: {} });
      }),
      { numRuns: 30 },
    );
  });

  it("can be read beside its writer, from any line's end on, in small pieces", () => {
    const { disk, journal } = openJournal();
    const events = ["a", "b", "c", "d"].flatMap((name): JournalEvent[] => [dispatched(name), settled(name)]);
    for (const event of events) journal.append(event);
    const seen: JournalEvent[] = [];
    for (let offset = 0, isAtEnd = false; !isAtEnd;) {
      const read = readSegment(disk, "/journal/n.0.a.000001.journal", { offset, most: 64 });
      if (!read.ok) throw new Error(read.error.type);
      seen.push(...read.value.events.map(({ event }) => event));
      ({ end: offset, isAtEnd } = read.value);
    }
    expect(seen).toEqual(events);
  });

  it("works on a real disk with every fsync policy", async () => {
    const folder = mkdtempSync(join(tmpdir(), "journal-"));
    const { disk, clock } = realWorld();
    for (const fsync of ["turn", "50ms", "never"] as const) {
      const opened = JournalWriter.open({
        disk,
        clock,
        folder,
        node: "n",
        thread: 1,
        incarnation: fsync,
        fsync,
        segmentBytes: 1600,
      });
      if (!opened.ok) throw new Error(opened.error.type);
      for (const name of ["a", "b", "c", "d", "e"]) {
        expect(opened.value.append(dispatched(name)).ok).toBe(true);
        await clock.sleep(2);
        expect(opened.value.append(settled(name)).ok).toBe(true);
      }
      expect(opened.value.seal().ok).toBe(true);
    }
    expect(listSegments(disk, folder).length).toBeGreaterThan(5);
    expect(disk.list(folder).filter((name) => !name.endsWith(".journal"))).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("a segment that an earlier version wrote, with calls as objects,", () => {
  it.for([1, 2])("of format %i, is read beside one of today", (version) => {
    const both = fc.array(anyCallLine, { maxLength: 10 });
    fc.assert(
      fc.property(both, both, (earlier, later) => {
        const { disk, journal } = openJournal();
        writeEarlier(disk, version, earlier.map(encodeCallObject));
        for (const event of later) journal.append(event);
        const read = new Map(readAll(disk).map(({ path, events }) => [path, events.map(({ event }) => event)]));
        expect(read.get("/journal/n.0.0.000001.journal")).toEqual(earlier);
        expect(read.get("/journal/n.0.a.000001.journal")).toEqual(later);
      }),
      { numRuns: 30 },
    );
  });

  it("is sealed, and what was running there is in doubt", () => {
    const { disk, clock } = openJournal();
    writeEarlier(disk, 2, [dispatched("a"), dispatched("b"), settled("b")].map(encodeCallObject));
    expect(sealAbandoned({ disk, clock, folder: "/journal", alive: none }).problems).toEqual([]);
    expect(conclude(disk)).toEqual({ settled: ["attempt_b"], inDoubt: ["attempt_a"] });
  });
});

describe("roll-over", () => {
  it("carries open attempts, so that each segment can be read alone", () => {
    const { disk, journal } = openJournal({ segmentBytes: 800 });
    journal.append(dispatched("slow"));
    for (const name of ["a", "b", "c"]) {
      journal.append(dispatched(name));
      journal.append(settled(name));
    }
    journal.append(settled("slow"));
    journal.seal();
    const segments = readAll(disk);
    expect(segments.length).toBeGreaterThan(2);
    expect(segments[0]?.seal?.carried).toEqual(["attempt_slow"]);
    expect(segments[1]?.events[0]?.event).toEqual(dispatched("slow"));
    expect(conclude(disk)).toEqual({
      settled: ["attempt_a", "attempt_b", "attempt_c", "attempt_slow"],
      inDoubt: [],
    });
  });
});

it("a segment says what its writer says of those before, when whoever appended has drawn what it draws from each line", () => {
  const { disk, journal } = openJournal({ segmentBytes: 800 });
  let drawn = 0;
  journal.sumUpWith(() => String(drawn));
  for (const name of ["a", "b", "c", "d"])
    for (const event of [dispatched(name), settled(name)]) {
      journal.append(event);
      drawn += 1;
    }
  journal.seal();
  const segments = readAll(disk);
  expect(segments.length).toBeGreaterThan(2);
  let before = 0;
  let carried = 0;
  for (const { header, events, seal } of segments) {
    expect(header?.soFar).toBe(before === 0 ? undefined : String(before));
    before += events.length - carried;
    carried = seal?.carried.length ?? 0;
  }
  expect(before).toBe(8);
});

describe("after a crash at any operation", () => {
  it("every attempt that was dispatched is settled or in doubt, exactly once", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    for (let operations = 3; operations < 40; operations += 1) {
      const { disk, journal, clock } = openJournal({ segmentBytes: 650 });
      disk.operationsLeft = operations;
      const known = new Set<string>();
      const ended = new Set<string>();
      try {
        for (const [index, name] of names.entries()) {
          if (journal.append(dispatched(name)).ok) known.add(`attempt_${name}`);
          const before = names[index - 1];
          if (before === undefined || index % 3 === 0) continue;
          if (journal.append(settled(before)).ok) ended.add(`attempt_${before}`);
        }
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Crash);
      }
      disk.operationsLeft = Number.POSITIVE_INFINITY;
      clock.advance(1000);
      expect(sealAbandoned({ disk, clock, folder: "/journal", alive: none }).problems).toEqual([]);
      const { settled: settledOnes, inDoubt } = conclude(disk);
      const all = [...settledOnes, ...inDoubt];
      expect(new Set(all).size, `crash at ${operations}`).toBe(all.length);
      for (const attempt of known) expect(all, `crash at ${operations}`).toContain(attempt);
      for (const attempt of ended) expect(settledOnes, `crash at ${operations}`).toContain(attempt);
      expect(sealAbandoned({ disk, clock, folder: "/journal", alive: none }).sealed).toEqual([]);
    }
  });

  it("an unfinished line is cut off and counted", async () => {
    fault({
      name: "the power goes in the middle of a line",
      users: "connections break",
      lost: "with `fsync: 50ms` at most the last 50 ms; the unfinished line is cut off and counted",
      recovery: "with a start, which closes the file",
      within: "1 s",
    });
    const { disk, journal, clock } = openJournal();
    journal.append(dispatched("a"));
    disk.operationsLeft = 0;
    expect(() => journal.append(settled("a"))).toThrow(Crash);
    disk.operationsLeft = Number.POSITIVE_INFINITY;
    const { sealed } = sealAbandoned({ disk, clock, folder: "/journal", alive: none });
    expect(sealed).toHaveLength(1);
    expect(sealed[0]?.cutBytes).toBeGreaterThan(0);
    expect(conclude(disk)).toEqual({ settled: [], inDoubt: ["attempt_a"] });
    expect(disk.list("/journal")).toEqual(["n.0.a.000001.journal"]);
    const next = { disk, clock, folder: "/journal", node: "n", thread: 0, incarnation: "b", fsync: "never" } as const;
    await recovers("the power goes in the middle of a line", () => {
      const opened = JournalWriter.open(next);
      return opened.ok && opened.value.append(dispatched("b")).ok;
    });
  });

  it("a writer that lives is left alone", () => {
    const { disk, clock } = openJournal();
    expect(sealAbandoned({ disk, clock, folder: "/journal", alive: () => true })).toEqual({ sealed: [], problems: [] });
    expect(disk.list("/journal")).toHaveLength(2);
  });
});

describe("a line whose bytes were changed", () => {
  it("is counted, and reading goes on at the next one", () => {
    fc.assert(
      fc.property(fc.nat(), (anywhere) => {
        const { disk, journal } = openJournal();
        const events = ["a", "b", "c"].map((name) => dispatched(name));
        for (const event of events) journal.append(event);
        journal.seal();
        const path = "/journal/n.0.a.000001.journal";
        const bytes = disk.files.get(path) ?? Buffer.alloc(0);
        const first = bytes.indexOf("\n") + 1;
        const last = bytes.lastIndexOf("\n", bytes.length - 2);
        const spot = first + (anywhere % (last - first));
        if (bytes[spot] === 0x0a) return;
        bytes[spot] = (bytes[spot] ?? 0) ^ 0x01;
        const read = readSegment(disk, path, { offset: 0 });
        if (!read.ok) throw new Error(read.error.type);
        expect(read.value.corrupted).toBeGreaterThanOrEqual(1);
        expect(read.value.events.length).toBe(2);
        expect(read.value.seal).toBeDefined();
      }),
    );
  });

  it("that a newer version wrote stops reading there, with its name and place", () => {
    const { disk, journal } = openJournal();
    journal.append(dispatched("a"));
    const path = "/journal/n.0.a.000001.journal";
    const file = disk.openAppend(path);
    if (!file.ok) throw new Error(file.error.type);
    const at = file.value.length;
    file.value.append(new LineEncoder().encode('{"type":"step-measured"}'));
    const before = readSegment(disk, path, { offset: 0 });
    expect(before).toMatchObject({ ok: true, value: { end: at, isAtEnd: false } });
    expect(readSegment(disk, path, { offset: at })).toEqual({
      ok: false,
      error: { type: "unreadable-event", path, at, problem: { type: "unknown-event", name: "step-measured" } },
    });
  });
});

describe("a full disk", () => {
  it("refuses dispatches, keeps settlements and writes them when there is space again", () => {
    const { disk, journal, clock } = openJournal();
    for (const name of ["a", "b", "c"]) expect(journal.append(dispatched(name)).ok).toBe(true);
    disk.capacity = 0;
    expect(journal.append(dispatched("d"))).toMatchObject({ ok: false, error: { type: "disk-full" } });
    expect(journal.append(recalled("r"))).toMatchObject({ ok: false, error: { type: "disk-full" } });
    expect(journal.writable).toBe(false);
    for (const name of ["a", "b", "c"]) expect(journal.append(settled(name)).ok).toBe(true);
    expect(journal.append(refused("x")).ok).toBe(true);
    expect(journal.counts.kept).toBe(4);
    clock.advance(1000);
    expect(journal.writable).toBe(false);
    disk.capacity = 100 * MEBIBYTE;
    clock.advance(1000);
    expect(journal.writable).toBe(true);
    expect(journal.counts).toEqual({ open: 0, kept: 0, refusalsDropped: 0 });
    expect(journal.append(dispatched("e")).ok).toBe(true);
    journal.seal();
    expect(conclude(disk)).toEqual({
      settled: ["attempt_a", "attempt_b", "attempt_c"],
      inDoubt: ["attempt_e"],
    });
  });

  it("still takes settlements of attempts in flight, at the price of the reserve", () => {
    const { disk, journal } = openJournal();
    journal.append(dispatched("a"));
    journal.append(dispatched("b"));
    disk.capacity = disk.freeBytes() === 0 ? 0 : [...disk.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(journal.append(settled("a")).ok).toBe(true);
    expect(journal.append(settled("b")).ok).toBe(true);
    expect(journal.counts.kept).toBe(0);
    expect(journal.writable).toBe(false);
    expect(conclude(disk).settled).toEqual(["attempt_a", "attempt_b"]);
  });

  it("drops refusals past a bound and counts them, never settlements", () => {
    const { disk, journal } = openJournal();
    journal.append(dispatched("a"));
    disk.capacity = 0;
    journal.append(dispatched("b"));
    for (let index = 0; index < 10_005; index += 1) journal.append(refused(`${index}`));
    expect(journal.append(settled("a")).ok).toBe(true);
    expect(journal.counts).toEqual({ open: 0, kept: 10_001, refusalsDropped: 5 });
  });

  it("keeps the old segment when there is no room for the next", () => {
    const { disk, journal } = openJournal({ segmentBytes: 550 });
    for (const name of ["a", "b", "c", "d"]) journal.append(dispatched(name));
    const before = listSegments(disk, "/journal").length;
    disk.capacity = 0;
    journal.append(dispatched("e"));
    expect(listSegments(disk, "/journal").length).toBe(before);
  });
});
