import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerCache, DiskShelf, type KeptAnswer } from "#cache";
import { money } from "#units";
import { type Disk, type DiskProblem, realWorld } from "#world";

const world = realWorld();
const KIB = 1024;
const hour = { freshMs: 3_600_000, staleMs: 0, nowMs: 0, since: 0 };

let folder: string;
let problems: DiskProblem[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tare-shelf-"));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function shelf(bytesMax: number, disk: Partial<Disk> = {}): DiskShelf {
  return new DiskShelf({
    disk: { ...world.disk, ...disk },
    chance: world.chance,
    folder,
    bytesMax,
    freeBytesMin: 0,
    onProblem: (problem) => problems.push(problem),
  });
}

function answer(body: Buffer): KeptAnswer {
  return {
    status: 200,
    headers: [],
    body,
    isStream: false,
    provider: "openai",
    model: "gpt-5",
    servedModel: undefined,
    region: undefined,
    usage: { input_uncached: 3 },
    cost: money(7n),
    tenant: "a",
    feature: "chat",
    tags: {},
  };
}

const bodyOf = (number: number, length: number) => Buffer.alloc(length, `answer ${number} `);

function written(): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

describe("answers that memory has no room for", () => {
  it("are found on the disk, whole and with what is known of them", () => {
    const cache = new AnswerCache({ bytesMax: 100 * KIB, shelf: shelf(10 * 1024 * KIB) });
    for (let number = 0; number < 60; number += 1) cache.put(`k${number}`, answer(bodyOf(number, 8 * KIB)), hour);
    expect(cache.size.answers).toBeGreaterThan(40);
    expect(cache.size.diskAnswers).toBeGreaterThan(30);
    expect(cache.size.bytes).toBeLessThanOrEqual(100 * KIB);
    for (let number = 59; number > 15; number -= 1) {
      const found = cache.find(`k${number}`, 1);
      expect(found?.answer).toEqual(answer(bodyOf(number, 8 * KIB)));
    }
  });

  it("are not kept at all without a shelf, as before", () => {
    const cache = new AnswerCache({ bytesMax: 100 * KIB });
    for (let number = 0; number < 60; number += 1) cache.put(`k${number}`, answer(bodyOf(number, 8 * KIB)), hour);
    expect(cache.size).toMatchObject({ diskAnswers: 0, diskBytes: 0 });
    expect(cache.find("k0", 1)).toBeUndefined();
  });

  it("are never other answers, and neither memory nor disk grows over its bound, whatever is asked and put", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.nat(40), fc.integer({ min: 1, max: 3 * KIB })), { maxLength: 300 }),
        (steps) => {
          const cache = new AnswerCache({ bytesMax: 32 * KIB, shelf: shelf(64 * KIB) });
          const put = new Map<number, Buffer>();
          for (const [isPut, number, length] of steps) {
            if (isPut) {
              put.set(number, bodyOf(number, length));
              cache.put(`k${number}`, answer(bodyOf(number, length)), hour);
            } else {
              const found = cache.find(`k${number}`, 1);
              if (found !== undefined) expect(found.answer.body).toEqual(put.get(number));
            }
            expect(cache.size.bytes).toBeLessThanOrEqual(32 * KIB);
            expect(cache.size.diskBytes).toBeLessThanOrEqual(64 * KIB);
            expect(written().length).toBe(cache.size.diskBytes);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

const openAppend: Disk["openAppend"] = (path) => ({ ok: false, error: { type: "disk-failed", code: "EIO", path } });

describe("what lies on the disk", () => {
  it("cannot be read by anybody else, and goes when the next one begins", () => {
    const own = shelf(1024 * KIB);
    const secret = Buffer.from("the answer to a question that nobody else asked");
    const spot = own.put(secret);
    expect(spot && own.read(spot)).toEqual(secret);
    expect(written().length).toBeGreaterThan(secret.length);
    expect(written().includes(secret.subarray(0, 8))).toBe(false);
    shelf(1024 * KIB);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not used when somebody changed it", () => {
    const own = shelf(1024 * KIB);
    const spot = own.put(Buffer.from("as it was"));
    const [name = ""] = readdirSync(folder);
    const bytes = written();
    bytes[2] = (bytes[2] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
    expect(spot && own.read(spot)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("makes room for others where the disk is nearly full, and takes nothing when that is not enough", () => {
    const own = shelf(1024 * KIB, { freeBytes: () => 0 });
    expect(own.put(Buffer.from("no room"))).toBeUndefined();
    expect(problems).toEqual([]);
  });

  it("is given up when the disk fails, which is told once; calls go on without", () => {
    const cache = new AnswerCache({ bytesMax: 32 * KIB, shelf: shelf(1024 * KIB, { openAppend }) });
    for (let number = 0; number < 40; number += 1) cache.put(`k${number}`, answer(bodyOf(number, 3 * KIB)), hour);
    expect(problems).toMatchObject([{ code: "EIO" }]);
    expect(cache.find("k39", 1)?.answer.body).toEqual(bodyOf(39, 3 * KIB));
    expect(cache.find("k0", 1)).toBeUndefined();
  });
});
