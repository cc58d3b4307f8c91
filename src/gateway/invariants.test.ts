import { request, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type AttemptDispatched, type Settlement } from "#events";
import { chat, CLIENT_SECRET, doneFrame, frame, Rig, type Script, usageFrame, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

/** Repeats itself for a seed; good enough to choose among faults. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const headers = { "content-type": "text/event-stream" };

/** One of everything that providers do. */
function misbehave(
  response: ServerResponse,
  { isStream, roll }: { isStream: boolean; roll: (sides: number) => number },
): void {
  const acts: readonly (() => void)[] = [
    () => response.writeHead(429, { "retry-after-ms": "1" }).end('{"error":{"message":"no"}}'),
    () => response.writeHead(500).end("not json"),
    () => response.destroy(),
    () => void response.writeHead(200, headers).write(frame("one"), () => response.destroy()),
    () => response.writeHead(200, headers).end(frame("one")),
    () => response.writeHead(200, headers).end('data: {"error":{"message":"inside"}}\n\n'),
    () => response.writeHead(200, headers).end(`${frame("one")}data: {"error":{"message":"inside"}}\n\n`),
    () => void setTimeout(() => response.writeHead(503, { "retry-after-ms": "5" }).end(), roll(20)),
  ];
  const good = () => {
    if (!isStream) return response.writeHead(200, { "content-type": "application/json" }).end(wholeAnswer);
    response.writeHead(200, headers).write(frame("one"));
    return setTimeout(() => response.end(frame("two") + usageFrame + doneFrame), roll(20));
  };
  (acts[roll(acts.length * 2)] ?? good)();
}

/** Calls, and leaves after a while or never. */
function callOnce(
  made: Rig,
  { isStream, isRouted, leavesMs }: { isStream: boolean; isRouted: boolean; leavesMs: number | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const authorization = `Bearer ${CLIENT_SECRET}`;
    const sending = request(
      `${made.url}/v1/chat/completions`,
      { method: "POST", headers: { authorization } },
      (answer) => {
        answer.on("error", () => undefined);
        answer.on("close", resolve);
        answer.resume();
      },
    );
    sending.on("error", () => resolve());
    sending.end(Buffer.from(chat({ model: isRouted ? "support" : "gpt-5-mini", stream: isStream })));
    if (leavesMs !== undefined) setTimeout(() => sending.destroy(), leavesMs);
  });
}

describe("whatever providers and clients do", () => {
  it.for([1, 2])(
    "every attempt and every call ends once, and no hold is lost (seed %i)",
    { timeout: 30_000 },
    async (seed) => {
      const roll = dice(seed);
      const script: Script = (sent, response) =>
        misbehave(response, { isStream: sent.body.includes('"stream":true'), roll });
      const made = await Rig.start({
        script,
        more: [{ name: "second", onClientGone: "drain" }],
        routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-nano"], retries: 1 } },
        direct: { retries: 2, timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 700 } },
      });
      rig = made;
      for (let round = 0; round < 2; round += 1) {
        const calls = Array.from({ length: 100 }, () =>
          callOnce(made, {
            isStream: roll(2) === 0,
            isRouted: roll(2) === 0,
            leavesMs: roll(4) === 0 ? roll(30) : undefined,
          }),
        );
        await Promise.all(calls);
      }
      await expect.poll(() => made.gateway.metrics()).toMatchObject({ callsRunning: 0, heldBytes: 0 });
      expect(made.booked("attempt-dispatched").length).toBeGreaterThan(150);
      const settled = new Map(made.booked("attempt-settled").map((event) => [event.attempt, event]));
      expect(made.booked("attempt-settled")).toHaveLength(settled.size);
      const ends = new Map<string, number>();
      for (const event of made.booked("attempt-dispatched")) {
        const settlement = settled.get(event.attempt);
        expect(settlement, event.attempt).toBeDefined();
        if (settlement === undefined) continue;
        expectNoHoldLost(event, settlement);
        ends.set(event.call, (ends.get(event.call) ?? 0) + (settlement.callEnd ? 1 : 0));
      }
      for (const { dispatched, settlement } of made.booked("attempt-corrected"))
        ends.set(dispatched.call, (ends.get(dispatched.call) ?? 0) + (settlement.callEnd ? 1 : 0));
      expect([...ends.values()].filter((count) => count !== 1)).toEqual([]);
      expect(made.logged.filter((line) => line.includes("call-threw"))).toEqual([]);
    },
  );
});

/** Estimated and in doubt together are never below the bound; what is priced was measured, or is free for a reason. */
function expectNoHoldLost({ bound }: AttemptDispatched, settlement: Settlement): void {
  // The scripted usage is larger than these short prompts allow, so an estimate by it may pass the bound.
  if (settlement.cost.type === "estimated" && bound.type !== "unknown")
    expect(settlement.cost.nanos + settlement.residual).toBeGreaterThanOrEqual(bound.nanos);
  if (settlement.cost.type === "priced" && settlement.cost.nanos > 0n) expect(settlement.usage).toBeDefined();
  if (settlement.cost.type === "priced" && settlement.cost.nanos === 0n)
    expect(settlement.status === undefined || settlement.status >= 400).toBe(true);
  expect(settlement.cost.type).not.toBe("unpriced");
}
