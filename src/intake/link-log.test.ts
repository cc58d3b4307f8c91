import { describe, expect, it } from "vitest";
import { TestDisk } from "../journal/test-world.ts";
import { LinkLog, type SpanLink } from "./link-log.ts";

const link = (index: number): SpanLink => ({
  tenant: "Zürich support",
  trace: index.toString(16).padStart(32, "0"),
  id: index.toString(16).padStart(16, "0"),
  parent: (index + 1).toString(16).padStart(16, "0"),
});
const links = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => link(from + index));

describe("links that the next office knows", () => {
  it("are those that were written, also where each office wrote few", () => {
    const disk = new TestDisk();
    for (let office = 0; office < 5; office += 1) {
      const log = new LinkLog(disk, "/links");
      expect(log.read()).toEqual(links(0, office * 3));
      for (let index = office * 3; index < office * 3 + 3; index += 1) expect(log.append([link(index)]).ok).toBe(true);
      log.close();
    }
    expect(disk.list("/links").length).toBeLessThanOrEqual(2);
    expect(new LinkLog(disk, "/links").read()).toEqual(links(0, 15));
  });

  it("are the newest, at least as many as go into a file and at most twice as many", () => {
    const disk = new TestDisk();
    const log = new LinkLog(disk, "/links", 10);
    for (let index = 0; index < 100; index += 1) {
      log.append([link(index)]);
      const read = new LinkLog(disk, "/links", 10).read();
      expect(read).toEqual(links(0, index + 1).slice(-read.length));
      expect(read.length).toBeGreaterThanOrEqual(Math.min(index + 1, 10));
      expect(read.length).toBeLessThanOrEqual(20);
    }
  });

  it("are all that were whole when the process died, and more can be written then", () => {
    for (let operations = 0; operations < 12; operations += 1) {
      const disk = new TestDisk();
      disk.operationsLeft = operations;
      const log = new LinkLog(disk, "/links", 3);
      let written = 0;
      try {
        for (; written < 8; written += 1) log.append([link(written)]);
      } catch {
        disk.operationsLeft = Number.POSITIVE_INFINITY;
      }
      const next = new LinkLog(disk, "/links", 3);
      const read = next.read();
      expect(read).toEqual(links(0, written).slice(written - read.length));
      expect(read.length).toBeGreaterThanOrEqual(Math.min(written, 3));
      next.append([link(50)]);
      expect(new LinkLog(disk, "/links", 3).read()).toEqual([...read.slice(-3), link(50)]);
    }
  });

  it("wait while the disk is full", () => {
    const disk = new TestDisk();
    const log = new LinkLog(disk, "/links");
    log.append([link(0)]);
    disk.capacity = 100;
    expect(log.append([link(1)]).ok).toBe(false);
    expect(log.append([link(2)]).ok).toBe(false);
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(log.append([]).ok).toBe(true);
    expect(log.read()).toEqual(links(0, 3));
  });
});
