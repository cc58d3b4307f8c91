import { afterEach, describe, expect, it, vi } from "vitest";
import { answering, ask, chat, doneFrame, frame, Rig, type Script, usageFrame } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

const hedging = { quantile: 0.95, share: 0.5 };

/** A route of two providers that has seen twenty quick answers of the first. */
async function start(script: Script): Promise<Rig> {
  rig = await Rig.start({
    script: (sent, response, number) => (number > 20 ? script : answering)(sent, response, number),
    more: [{ name: "second", onClientGone: "drain" }],
    routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], hedging } },
  });
  for (let time = 0; time < 20; time += 1) await ask(rig, { body: body() });
  rig.events.length = 0;
  return rig;
}

function body(fields: Readonly<Record<string, unknown>> = {}): string {
  return chat({ model: "support", stream: true, ...fields });
}

const late: Script = (_, response) => {
  setTimeout(() => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(frame("late") + usageFrame + doneFrame);
  }, 60);
};
const failing: Script = (_, response) => void response.writeHead(500).end("{}");
const slow: Script = (...args) => void setTimeout(() => answering(...args), 60);
const never: Script = (_, response) => void response.on("close", () => undefined);

/** Of the calls after the warming ones: the first sent, the second sent. */
function pair(first: Script, second: Script): Script {
  return (sent, response, number) => (number === 21 ? first : second)(sent, response, number);
}

describe("a call whose first attempt is slow", () => {
  it("is answered by the second, and the first is cancelled and booked with what it cost", async () => {
    const made = await start(pair(never, answering));
    const answer = await ask(made, { body: body() });
    expect(answer.body).toBe(frame("one") + frame("two") + doneFrame);
    expect(answer.headers).toMatchObject({ "x-tare-target": "second/gpt-5-mini", "x-tare-attempts": "2" });
    const dispatched = made.booked("attempt-dispatched");
    expect(dispatched.map(({ purpose, provider }) => [purpose, provider])).toEqual([
      ["answer", "openai"],
      ["hedge", "second"],
    ]);
    expect(dispatched[1]?.why).toContain("beside one that is slow");
    const settled = made.booked("attempt-settled");
    expect(settled.map(({ state, error, callEnd }) => [state, error, callEnd])).toEqual([
      ["cancelled", "hedge_lost", false],
      ["answered", undefined, true],
    ]);
    expect(settled[0]?.cost).toMatchObject({ type: "estimated" });
    expect(settled[0]?.cost.type === "estimated" && settled[0].cost.nanos > 0n).toBe(true);
  });

  it("is answered by the first when that comes to content before the second", async () => {
    const made = await start(pair(late, never));
    const answer = await ask(made, { body: body() });
    expect(answer.body).toContain("late");
    await vi.waitFor(() => expect(made.booked("attempt-settled")).toHaveLength(2));
    expect(made.booked("attempt-settled").filter(({ callEnd }) => callEnd)).toHaveLength(1);
    expect(made.booked("attempt-settled").map(({ state }) => state)).toEqual(["cancelled", "answered"]);
  });

  it("is answered by whichever does not fail", async () => {
    const made = await start(pair(slow, failing));
    expect((await ask(made, { body: body() })).status).toBe(200);
    expect(made.booked("attempt-settled").map(({ state, callEnd }) => [state, callEnd])).toEqual([
      ["failed", false],
      ["answered", true],
    ]);
  });

  it("is one call that ended once when its client leaves both", async () => {
    const made = await start(never);
    const gone = new AbortController();
    const headers = { authorization: "Bearer tare_sk_client-canary" };
    const asking = fetch(`${made.url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: body(),
      signal: gone.signal,
    });
    await vi.waitFor(() => expect(made.sent).toHaveLength(22));
    gone.abort();
    await expect(asking).rejects.toThrow("abort");
    await vi.waitFor(() => expect(made.booked("attempt-settled")).toHaveLength(2));
    expect(made.booked("attempt-settled").filter(({ callEnd }) => callEnd)).toHaveLength(1);
    await vi.waitFor(() => expect(made.gateway.metrics().callsRunning).toBe(0));
  });

  it("has no second attempt when it comes in time, or is the client's to repeat", async () => {
    const made = await start(answering);
    await ask(made, { body: body() });
    expect(made.sent).toHaveLength(21);
    await ask(made, { body: chat() });
    expect(made.sent).toHaveLength(22);
  });
});
