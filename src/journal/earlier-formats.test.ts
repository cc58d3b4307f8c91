/** What earlier versions wrote is loaded beside what this one writes, and says the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JournalEvent } from "#events";
import { JournalWriter, listSegments, readSegment } from "#journal";
import { Ledger, openDuckDbStore } from "#ledger";
import { instant, money } from "#units";
import { type CallLine } from "../events/call-line.ts";
import { encodeCallList } from "../events/encode-call-list.ts";
import { anyCallLine } from "../events/event.arbitrary.ts";
import { dispatched, recalled, settled } from "../events/event-examples.ts";
import { LineEncoder } from "./line.ts";
import { encodeSeal } from "./segment.ts";
import { TestClock, TestDisk } from "./test-world.ts";

const folder = "/journal";
const EARLIER = `${folder}/n.0.a.000001.journal`;

/** A segment of format 3. */
function writeLists(disk: TestDisk, events: readonly CallLine[], ...more: readonly string[]): void {
  const header = { type: "segment", version: 3, node: "n", thread: 0, incarnation: "a", sequence: 1, openedAt: 1 };
  const texts = [JSON.stringify(header), ...events.map(encodeCallList), ...more];
  disk.files.set(EARLIER, Buffer.from(new LineEncoder().encode(...texts)));
}

function writeToday(disk: TestDisk, clock: TestClock, incarnation: string, events: readonly JournalEvent[]) {
  const name = { node: "n", thread: 0, incarnation };
  const opened = JournalWriter.open({ disk, clock, folder, ...name, fsync: "never" });
  if (!opened.ok) throw new Error(opened.error.type);
  for (const event of events) expect(opened.value.append(event).ok).toBe(true);
  return opened.value;
}

async function rowsOf(disk: TestDisk, clock: TestClock) {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const store = opened.value;
  expect((await new Ledger({ disk, clock, folder, store }).catchUp()).problems).toEqual([]);
  const rows = await store.query("SELECT * FROM entries ORDER BY attempt", []);
  store.close();
  return rows;
}

/** A call of each kind that there is: in full, without a price, failed, carried nowhere, answered from what was kept. */
function callsNamed(name: string): readonly CallLine[] {
  const { attribution } = dispatched(name);
  const whose = { ...attribution, customer: "acme", tags: { plan: "free" }, claimed: { user: "u" } };
  return [
    dispatched(`${name}1`, { attribution: whose, why: "only target" }),
    settled(`${name}1`, { reported: '{"prompt_tokens":100}' }),
    dispatched(`${name}2`, { prices: undefined, bound: { type: "unknown", reason: "no price" } }),
    settled(`${name}2`, { cost: { type: "unpriced", reason: "no row" }, components: [], reported: "ü" }),
    dispatched(`${name}3`, { route: "smart", region: "eu", stream: true }),
    settled(`${name}3`, {
      state: "failed",
      delivered: "none",
      status: 500,
      error: "upstream_error",
      usage: undefined,
      components: [],
      cost: { type: "estimated", nanos: money(7n), basis: "input by bytes" },
      residual: money(3n),
    }),
    dispatched(`${name}4`),
    recalled(`${name}5`, { attribution: whose, avoided: undefined, isPart: true }),
    recalled(`${name}6`),
  ];
}

describe("a segment of format 3, with lines of one list,", () => {
  it("is read beside one of today", () => {
    const both = fc.array(anyCallLine, { maxLength: 10 });
    fc.assert(
      fc.property(both, both, (earlier, later) => {
        const [disk, clock] = [new TestDisk(), new TestClock()];
        writeLists(disk, earlier);
        writeToday(disk, clock, "b", later);
        const events = listSegments(disk, folder).map(({ path }) => {
          const read = readSegment(disk, path, { offset: 0 });
          if (!read.ok) throw new Error(read.error.type);
          return read.value.events.map(({ event }) => event);
        });
        expect(events).toEqual([earlier, later]);
      }),
      { numRuns: 30 },
    );
  });

  it("becomes the rows that the same events become today", async () => {
    const [earlier, later] = [callsNamed("a"), callsNamed("b")];
    const clock = new TestClock();
    const mixed = new TestDisk();
    writeLists(mixed, earlier, encodeSeal(instant(clock.now()), []));
    writeToday(mixed, clock, "b", later).seal();
    const today = new TestDisk();
    writeToday(today, clock, "a", earlier).seal();
    writeToday(today, clock, "b", later).seal();
    const rows = await rowsOf(mixed, clock);
    expect(rows).toHaveLength(12);
    expect(rows).toEqual(await rowsOf(today, clock));
    expect(today.files.get(EARLIER)?.includes('"version":4')).toBe(true);
  });
});
