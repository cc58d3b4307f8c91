/** A call's id says when it began; its entries are found all the same where it says something else. */
import { expect, it } from "vitest";
import { Analytics } from "#analytics";
import { openDuckDbStore } from "#ledger";
import { instant, newId } from "#units";
import { dispatched, settled } from "../events/event-examples.ts";
import { entryOfSettled } from "../ledger/make-entry.ts";

const AT = Date.parse("2026-11-21T10:00:00Z");
const DAY_MS = 86_400_000;

it.each([
  ["began with it", AT],
  ["was made on a clock that was put back by an hour", AT + 3_600_000],
  ["tells a time far from its entries", AT - 400 * DAY_MS],
])("a call is found whose id %s", async (_, idAt) => {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  if (!opened.ok) throw new Error(opened.error.type);
  const call = newId("call", instant(idAt), "00112233445566778899");
  const attempts = [1, 2].map((number) =>
    entryOfSettled(dispatched(`${number}`, { call, number, at: instant(AT + number) }), settled(`${number}`)),
  );
  const stretches = [{ segment: "n.0.a.000001.journal", from: 0, to: 1, isDone: true, corrupted: 0 }];
  await opened.value.append({ stretches, entries: attempts, refusals: [] });
  const analytics = new Analytics(opened.value, { currency: "USD", bookedUntil: () => instant(0) });
  const found = await analytics.call(call);
  expect(found.ok && found.value.entries.map(({ number }) => number)).toEqual([1, 2]);
  opened.value.close();
});
