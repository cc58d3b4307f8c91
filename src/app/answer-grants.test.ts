import { expect, it } from "vitest";
import { type AttemptCorrected, type AttemptSettled } from "#events";
import { JournalWriter } from "#journal";
import { money } from "#units";
import { realWorld } from "#world";
import { dispatched, settled } from "../events/event-examples.ts";
import { TestClock, TestDisk } from "../journal/test-world.ts";
import { AnswerGrants } from "./answer-grants.ts";

const JOURNAL = "/journal";

it("grants each answer once", async () => {
  const { grants, ask } = setUp();
  await grants.open();
  expect([ask("answer_a"), ask("answer_a"), ask("answer_b")]).toEqual([[true], [false], [true]]);
});

it("grants nothing that was booked before a start, also to who asks before the journals are read", async () => {
  const { grants, ask, learnt, write } = setUp();
  write("1", [dispatched("a"), kept("a"), dispatched("b"), kept("b")]);
  write("2", [read("a")]);
  const early = [ask("answer_a"), ask("answer_b"), ask("answer_b")];
  expect(early).toEqual([[], [], []]);
  await grants.open();
  expect(early).toEqual([[false], [true], [false]]);
  expect(learnt.toSorted()).toEqual(["answer_a", "answer_b"]);
});

it("grants nothing to a thread that has died while it waited", async () => {
  const { grants, ask } = setUp();
  const ofTheDead = ask("answer_a", () => false);
  const ofTheLiving = ask("answer_a");
  await grants.open();
  expect([ofTheDead, ofTheLiving]).toEqual([[], [true]]);
});

function setUp() {
  const [disk, clock] = [new TestDisk(), new TestClock()];
  const learnt: string[] = [];
  const grants = new AnswerGrants(
    { ...realWorld(), disk, clock },
    { journal: JOURNAL, learn: ({ answer }) => void learnt.push(answer) },
  );
  return {
    grants,
    learnt,
    /** What it was told, when it was. */
    ask: (answer: string, isThere = () => true): readonly boolean[] => {
      const told: boolean[] = [];
      grants.ask({ answer, isThere, told: (isGranted) => void told.push(isGranted) });
      return told;
    },
    write: (incarnation: string, events: readonly Parameters<JournalWriter["append"]>[0][]) => {
      const names = { folder: JOURNAL, node: "node", thread: 1, incarnation, fsync: "never" } as const;
      const writer = JournalWriter.open({ disk, clock, ...names, segmentBytes: 1_000_000 });
      if (!writer.ok) throw new Error(writer.error.type);
      for (const event of events) expect(writer.value.append(event).ok).toBe(true);
    },
  };
}

/** It runs on at the provider, who keeps the answer. */
function kept(name: string): AttemptSettled {
  return {
    ...settled(name),
    state: "background",
    upstreamId: `answer_${name}`,
    isStored: true,
    cost: { type: "estimated", nanos: money(0n), basis: "runs" },
    residual: money(70n),
  };
}

function read(name: string): AttemptCorrected {
  const { type: _, attempt: __, ...settlement } = kept(name);
  const before = { cost: settlement.cost, residual: settlement.residual };
  const after = { ...settlement, state: "answered" as const, residual: money(0n) };
  return { type: "attempt-corrected", dispatched: dispatched(name), before, settlement: after, reason: "read" };
}
