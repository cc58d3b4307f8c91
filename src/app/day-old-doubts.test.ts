import { expect, it } from "vitest";
import { type BudgetDefinition, BudgetTable } from "#budget";
import { type AttemptCorrected, type AttemptSettled } from "#events";
import { JournalWriter } from "#journal";
import { instant, money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { TestClock, TestDisk } from "../journal/test-world.ts";
import { DayOldDoubts } from "./day-old-doubts.ts";

const DAY_MS = 86_400_000;
const JOURNAL = "/journal";
const everything: BudgetDefinition = {
  id: "all",
  scope: {},
  unit: "USD",
  per: "total",
  limit: 1_000n,
  zone: "UTC",
  thresholds: [{ percent: 100, action: "refuse" }],
  valuesMax: 1,
};

it("gives budgets back what clients left in doubt a day ago, of this run and of the run before", async () => {
  const stage = setUp();
  stage.writeJournal("1", [begun("a"), left("a")]);
  const doubts = stage.open();
  await doubts.open();
  doubts.hear([begun("b"), left("b")]);
  doubts.tick();
  expect(stage.corrected).toEqual([]);
  stage.clock.advance(DAY_MS);
  doubts.tick();
  expect(stage.corrected).toMatchObject([
    { dispatched: { attempt: begun("a").attempt }, before: { residual: 70n }, settlement: { residual: 0n } },
    { dispatched: { attempt: begun("b").attempt }, before: { residual: 70n }, settlement: { residual: 0n } },
  ]);
  stage.clock.advance(DAY_MS);
  doubts.tick();
  expect(stage.corrected).toHaveLength(2);
});

it("releases nothing twice: a correction that is journalled anywhere has done it", async () => {
  const first = setUp();
  const doubts = first.open();
  await doubts.open();
  doubts.hear([begun("a"), left("a")]);
  first.clock.advance(DAY_MS);
  doubts.tick();
  const next = setUp(first.clock);
  next.writeJournal("1", first.corrected);
  next.writeJournal("2", [begun("a"), left("a")]);
  const later = next.open();
  await later.open();
  next.clock.advance(DAY_MS);
  later.tick();
  expect(next.corrected).toEqual([]);
});

it("reads the journal of a thread that died, which had told nobody of its last", async () => {
  const stage = setUp();
  const doubts = stage.open();
  await doubts.open();
  doubts.hear([begun("b"), left("b")]);
  stage.writeJournal("1", [begun("a"), left("a"), read("b")]);
  stage.writeJournal("2", [begun("c"), left("c")]);
  await doubts.lost("node.1.1");
  stage.clock.advance(DAY_MS);
  doubts.tick();
  expect(stage.corrected.map(({ dispatched: { attempt } }) => attempt)).toEqual([begun("a").attempt]);
});

it("gives back what was left in doubt before the gateway was away for longer than a day", async () => {
  const stage = setUp();
  const before = stage.open();
  await before.open();
  before.tick();
  stage.writeJournal("1", [begun("a"), left("a")]);
  stage.clock.advance(3 * DAY_MS);
  const after = stage.open();
  await after.open();
  after.tick();
  expect(stage.corrected).toMatchObject([{ dispatched: { attempt: begun("a").attempt } }]);
  for (let look = 0; look < 2; look += 1) {
    stage.clock.advance(60_000);
    after.tick();
  }
  const later = stage.open();
  await later.open();
  later.tick();
  expect(stage.corrected).toHaveLength(1);
});

it("keeps what is due until a thread is there to journal it", async () => {
  const stage = setUp();
  const doubts = stage.open();
  await doubts.open();
  doubts.hear([begun("a"), left("a")]);
  stage.clock.advance(DAY_MS);
  stage.hasThread = false;
  doubts.tick();
  stage.clock.advance(60_000);
  stage.hasThread = true;
  doubts.tick();
  expect(stage.corrected).toHaveLength(1);
});

it("reads nothing more once it is closed: the next start does", async () => {
  const stage = setUp();
  stage.writeJournal("1", [begun("a"), left("a")]);
  const doubts = stage.open();
  doubts.close();
  await doubts.open();
  await doubts.lost("node.1.1");
  stage.clock.advance(DAY_MS);
  doubts.tick();
  expect(stage.corrected).toEqual([]);
});

function setUp(clock = new TestClock()) {
  const disk = new TestDisk();
  const corrected: AttemptCorrected[] = [];
  const stage = {
    clock,
    corrected,
    hasThread: true,
    writeJournal(incarnation: string, events: readonly Parameters<JournalWriter["append"]>[0][]) {
      const names = { folder: JOURNAL, node: "node", thread: 1, incarnation, fsync: "never" } as const;
      const writer = JournalWriter.open({ disk, clock, ...names, segmentBytes: 1_000_000 });
      if (!writer.ok) throw new Error(writer.error.type);
      for (const event of events) expect(writer.value.append(event).ok).toBe(true);
      expect(writer.value.seal().ok).toBe(true);
    },
    open() {
      return new DayOldDoubts(
        { ...realWorld(), disk, clock },
        {
          journal: JOURNAL,
          path: "/budgets/doubts",
          table: new BudgetTable([everything], 1),
          correct(events) {
            if (stage.hasThread) corrected.push(...events);
            return stage.hasThread;
          },
          unread: (path, problem) => expect.unreachable(`${path}: ${problem}`),
        },
      );
    },
  };
  return stage;
}

function begun(name: string) {
  return { ...dispatched(name), at: instant(new TestClock().now()) };
}

/** Somebody has read its end, and nothing is in doubt any more. */
function read(name: string): AttemptCorrected {
  const { type: _, attempt: __, ...settlement } = left(name);
  const { cost, residual } = settlement;
  const after = { ...settlement, residual: money(0n) };
  return {
    type: "attempt-corrected",
    dispatched: begun(name),
    before: { cost, residual },
    settlement: after,
    reason: "read later",
  };
}

function left(name: string): AttemptSettled {
  return {
    ...settled(name),
    state: "cancelled",
    cost: { type: "estimated", nanos: money(30n), basis: "cut" },
    residual: money(70n),
  };
}
