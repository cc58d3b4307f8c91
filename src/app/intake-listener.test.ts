import { expect, it, onTestFinished } from "vitest";
import { ok } from "#std";
import { realWorld } from "#world";
import { IntakeListener } from "./intake-listener.ts";

/** What one export is answered while the intake is full at its first looks, and how long it waited by the clock. */
async function exportWhileFull(looks: number): Promise<{ readonly status: number; readonly waitedMs: number }> {
  const world = realWorld();
  let waitedMs = 0;
  const clock = {
    ...world.clock,
    monotonicMs: () => waitedMs,
    sleep: (delayMs: number) => {
      waitedMs += delayMs;
      return Promise.resolve();
    },
  };
  let looked = 0;
  const intake = {
    get isFull() {
      looked += 1;
      return looked <= looks;
    },
    takeSpans: () => Promise.resolve(ok({ recorded: 0, corrected: 0, repeated: 0, unpriced: 0 })),
  };
  const listener = new IntakeListener({ ...world, clock }, intake as never);
  onTestFinished(() => listener.close());
  const line = await listener.open();
  const sender = Buffer.from(JSON.stringify({ tenant: "search", key: "key_1", pins: {} })).toString("base64url");
  const answer = await fetch(`${line?.origin}/traces`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${line?.secret}`,
      "content-type": "application/json",
      "x-tare-sender": sender,
    },
    body: JSON.stringify({ resourceSpans: [] }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, waitedMs };
}

it("spans that come faster than they are booked wait for the ledger before they are refused", async () => {
  expect(await exportWhileFull(0)).toEqual({ status: 200, waitedMs: 0 });
  expect(await exportWhileFull(20)).toEqual({ status: 200, waitedMs: 1_000 });
  expect(await exportWhileFull(Infinity)).toEqual({ status: 503, waitedMs: 3_000 });
});
