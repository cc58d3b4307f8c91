import { afterEach, describe, expect, it } from "vitest";
import { type Provider } from "#routing";
import { answering, ask, chat, doneFrame, frame, Rig, type Script, usageFrame } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
  isWriting = false;
});

const hedging = { quantile: 0.95, share: 0.5 };

/** A route of two providers that has seen twenty answers of the first. */
async function start(script: Script, before: Script = answering, provider: Partial<Provider> = {}): Promise<Rig> {
  rig = await Rig.start({
    script: (sent, response, number) => (number > 20 ? script : before)(sent, response, number),
    provider,
    more: [{ name: "second", onClientGone: "drain" }],
    routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], hedging } },
  });
  const made = rig;
  await Promise.all(Array.from({ length: 20 }, () => ask(made, { body: body() })));
  made.events.length = 0;
  return made;
}

function body(fields: Readonly<Record<string, unknown>> = {}): string {
  return chat({ model: "support", stream: true, ...fields });
}

const late: Script = (_, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(frame("late") + usageFrame + doneFrame);
};
const failing: Script = (_, response) => void response.writeHead(500).end("{}");
const never: Script = (_, response) => void response.on("close", () => undefined);
/** Longer than a thread of a busy machine stands still between two messages of one process. */
const lazy: Script = (...args) => void setTimeout(() => answering(...args), 300);

/** Comes no sooner than that. */
function once(isSo: () => boolean, script: Script): Script {
  return (...args) => {
    const looking = setInterval(() => {
      if (!isSo()) return;
      clearInterval(looking);
      script(...args);
    }, 1);
  };
}

let isWriting = false;
const isHedged = () => rig?.sent.length === 22;
const hasSettled = () => rig?.booked("attempt-settled").length === 1;

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
    const made = await start(pair(once(isHedged, late), never));
    const answer = await ask(made, { body: body() });
    expect(answer.body).toContain("late");
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(2);
    expect(made.booked("attempt-settled").filter(({ callEnd }) => callEnd)).toHaveLength(1);
    expect(made.booked("attempt-settled").map(({ state }) => state)).toEqual(["cancelled", "answered"]);
  });

  it("is answered by whichever does not fail", async () => {
    const made = await start(pair(once(hasSettled, answering), failing));
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
    await expect.poll(() => made.sent).toHaveLength(22);
    gone.abort();
    await expect(asking).rejects.toThrow("abort");
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(2);
    expect(made.booked("attempt-settled").filter(({ callEnd }) => callEnd)).toHaveLength(1);
    await expect.poll(() => made.gateway.metrics().callsRunning).toBe(0);
  });

  it("has no second attempt when it comes in time, or is the client's to repeat", async () => {
    const made = await start(answering, lazy);
    await ask(made, { body: body() });
    expect(made.sent).toHaveLength(21);
    await ask(made, { body: chat() });
    expect(made.sent).toHaveLength(22);
  });
});

function connectionsOf({ gateway }: Rig): Promise<number> {
  return new Promise((resolve) => void gateway.server.getConnections((_, count) => resolve(count)));
}

/** A call to which `happens` while its second attempt is being written down, and what it left in the books. */
async function stoppedWhileWritten(
  made: Rig,
  { headers = {}, happens }: { headers?: Record<string, string>; happens: (leave: () => void) => Promise<void> | void },
) {
  const written = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  made.beforeWrite = (event) => {
    if (event.type !== "attempt-dispatched" || event.purpose !== "hedge") return undefined;
    reached.resolve();
    return written.promise;
  };
  const gone = new AbortController();
  const asking = fetch(`${made.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer tare_sk_client-canary", ...headers },
    body: body(),
    signal: gone.signal,
  }).then(
    async (answer) => ({ status: answer.status, text: await answer.text() }),
    () => undefined,
  );
  await reached.promise;
  await happens(() => gone.abort());
  written.resolve();
  const answer = await asking;
  await expect.poll(() => made.booked("attempt-settled")).toHaveLength(2);
  const settled = made.booked("attempt-settled");
  const [hedge] = made.booked("attempt-dispatched").filter(({ purpose }) => purpose === "hedge");
  return {
    answer,
    sent: made.sent.length - 20,
    ends: settled.filter(({ callEnd }) => callEnd).length,
    unsent: settled.find(({ attempt }) => attempt === hedge?.attempt),
  };
}

describe("a second attempt that is being written down", () => {
  const unsent = { state: "cancelled", error: "hedge_lost", cost: { type: "priced", nanos: 0n }, residual: 0n };

  it("is not sent when the client leaves and the first is read on for the bill", async () => {
    const held: Parameters<Script>[1][] = [];
    const made = await start((_, response) => void held.push(response), answering, { onClientGone: "drain" });
    const told = await stoppedWhileWritten(made, {
      async happens(leave) {
        const before = await connectionsOf(made);
        leave();
        await expect.poll(() => connectionsOf(made)).toBeLessThan(before);
        setTimeout(
          () => held[0]?.writeHead(200, { "content-type": "text/event-stream" }).end(frame("x") + doneFrame),
          30,
        );
      },
    });
    expect(told).toMatchObject({ sent: 1, ends: 1, unsent });
  });

  it("is not sent when the client leaves after the first has failed", async () => {
    const failed = Promise.withResolvers<void>();
    const script: Script = (_, response) => void response.writeHead(500).end("{}", () => failed.resolve());
    const made = await start(once(() => isWriting, script));
    const told = await stoppedWhileWritten(made, {
      async happens(leave) {
        isWriting = true;
        await failed.promise;
        // It has most likely been read by then; a client that leaves before is the same to whoever waits.
        await new Promise((resolve) => void setTimeout(resolve, 50));
        leave();
        await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
      },
    });
    expect(told).toMatchObject({ sent: 1, ends: 1, unsent });
  });

  it("is not sent when the gateway stops, and the client is told that", async () => {
    const made = await start(never);
    const told = await stoppedWhileWritten(made, {
      async happens() {
        void made.gateway.drain(0);
        await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
      },
    });
    expect(told).toMatchObject({ answer: { status: 503 }, sent: 1, ends: 1, unsent });
    expect(told.answer?.text).toContain("shutting_down");
  });

  it("is not sent when the call's time is over", async () => {
    const made = await start(never);
    const told = await stoppedWhileWritten(made, {
      headers: { "x-tare-deadline-ms": "1500" },
      async happens() {
        await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
      },
    });
    expect(told).toMatchObject({ answer: { status: 504 }, sent: 1, ends: 1, unsent });
    expect(told.answer?.text).toContain("deadline_exceeded");
  });
});
