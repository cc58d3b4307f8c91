import { type ServerResponse } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { ask, chat, doneFrame, frame, Rig, usageFrame } from "./rig.ts";

it.for([
  ["resets", (response: ServerResponse) => response.destroy()],
  ["is never closed", () => undefined],
] as const)("is no failure behind the last word of a stream, when the connection %s", async ([, die]) => {
  const made = await Rig.start({
    direct: { timeouts: { connectMs: 2000, firstByteMs: 2000, idleMs: 200, totalMs: 5000 } },
    script(_sent, response) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame("one") + usageFrame + doneFrame, () => die(response));
    },
  });
  onTestFinished(() => made.stop());
  const body = chat({ stream: true, stream_options: { include_usage: true } });
  const answer = await ask(made, { body });
  expect(answer).toMatchObject({ isCut: false, body: frame("one") + usageFrame + doneFrame });
  const [settled] = made.booked("attempt-settled");
  expect(settled).toMatchObject({ state: "answered", delivered: "full", error: undefined, cost: { type: "priced" } });
});

it("a stream whose last count has come is booked exactly, though it is cut", async () => {
  const made = await Rig.start({
    script(_sent, response) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame("one") + usageFrame, () => response.destroy());
    },
  });
  onTestFinished(() => made.stop());
  expect((await ask(made, { body: chat({ stream: true }) })).isCut).toBe(true);
  expect(made.booked("attempt-settled")).toMatchObject([{ state: "cut", cost: { type: "priced" }, residual: 0n }]);
});
