import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, CLIENT_SECRET, doneFrame, frame, Rig, type RigOptions, usageFrame } from "./rig.ts";
import { fault, recovers } from "../../e2e/harness/faults.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, ...options });
  return rig;
}

function open(made: Rig, body: string): ClientRequest {
  const headers = { authorization: `Bearer ${CLIENT_SECRET}` };
  const sending = request(`${made.url}/v1/chat/completions`, { method: "POST", agent: false, headers });
  sending.on("error", () => undefined);
  sending.end(body);
  return sending;
}

function answerTo(sending: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve) => void sending.on("response", resolve));
}

/** Streams that wait for a word between their frames. */
function heldStream(): {
  script: RigOptions["script"];
  response: () => ServerResponse | undefined;
  isClosed: () => boolean;
} {
  let running: ServerResponse | undefined;
  let isClosed = false;
  return {
    script(_sent, response) {
      running = response;
      response.on("close", () => (isClosed = !response.writableFinished));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame("one"));
    },
    response: () => running,
    isClosed: () => isClosed,
  };
}

async function leaveMidStream(made: Rig): Promise<void> {
  const sending = open(made, chat({ stream: true }));
  const answer = await answerTo(sending);
  answer.on("error", () => undefined);
  await new Promise((resolve) => void answer.once("data", resolve));
  sending.destroy();
}

describe("a client that leaves", () => {
  it("before the head closes the upstream at once; its input is charged and the rest of the hold stays", async () => {
    let isClosed = false;
    const made = await start({ script: (_sent, response) => void response.on("close", () => (isClosed = true)) });
    const sending = open(made, chat());
    await expect.poll(() => made.sent).toHaveLength(1);
    sending.destroy();
    await expect.poll(() => isClosed).toBe(true);
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({ state: "cancelled", delivered: "none", error: "client_gone", callEnd: true });
    expect(settled?.cost.type === "estimated" && settled.cost.nanos).toBeGreaterThan(0n);
    expect(settled?.residual).toBeGreaterThan(0n);
  });

  it("in mid-stream is noticed without a write; what was relayed is estimated and the rest of the hold stays", async () => {
    fault({
      name: "the client goes away in mid-stream",
      users: "nothing: the client has gone",
      lost: "nothing: what was relayed is estimated, the rest of the hold stays until a day has passed",
      recovery: "the provider's connection is closed, and nothing is to be done",
      within: "1 s",
    });
    const { script, isClosed } = heldStream();
    const made = await start({ script });
    await leaveMidStream(made);
    await recovers("the client goes away in mid-stream", isClosed);
    const [dispatched] = made.booked("attempt-dispatched");
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({ state: "cancelled", delivered: "partial", cost: { type: "estimated" } });
    const cost = settled?.cost.type === "estimated" ? settled.cost.nanos : 0n;
    expect(cost).toBeGreaterThan(0n);
    expect(dispatched?.bound).toMatchObject({ type: "proven", nanos: cost + (settled?.residual ?? 0n) });
  });

  it("on the terminal mark has everything", async () => {
    const { script, response } = heldStream();
    const made = await start({ script });
    const sending = open(made, chat({ stream: true }));
    const answer = await answerTo(sending);
    answer.on("error", () => undefined);
    answer.on("data", (chunk: Buffer) => {
      if (chunk.includes("[DONE]")) sending.destroy();
    });
    await expect.poll(() => made.sent).toHaveLength(1);
    response()?.write(usageFrame + doneFrame);
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
    expect(made.booked("attempt-settled")[0]).toMatchObject({
      state: "answered",
      delivered: "full",
      cost: { type: "priced", nanos: 450_000n },
    });
  });

  it("of a drained provider has its answer read on for the bill", async () => {
    const { script, response, isClosed } = heldStream();
    const made = await start({ script, provider: { onClientGone: "drain" } });
    await leaveMidStream(made);
    await expect.poll(() => made.gateway.connections).toBe(0);
    expect(made.booked("attempt-settled")).toEqual([]);
    response()?.end(frame("two") + usageFrame + doneFrame);
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
    expect(isClosed()).toBe(false);
    expect(made.booked("attempt-settled")[0]).toMatchObject({
      state: "cancelled",
      delivered: "partial",
      usage: { input_uncached: 1000, output_text: 100 },
      cost: { type: "priced", nanos: 450_000n },
      residual: 0n,
    });
  });

  it("is not drained beyond the bound on bytes, nor beyond the total timeout", async () => {
    const timeouts = { connectMs: 1000, firstByteMs: 1000, idleMs: 3000, totalMs: 150 };
    for (const options of [{ limits: { drainBytesMax: 10 } }, { direct: { timeouts } }]) {
      const { script, response, isClosed } = heldStream();
      const made = await start({ script, provider: { onClientGone: "drain" }, ...options });
      await leaveMidStream(made);
      await expect.poll(() => made.gateway.connections).toBe(0);
      if ("limits" in options) response()?.write(frame("two"));
      await expect.poll(() => isClosed()).toBe(true);
      expect(made.booked("attempt-settled")).toMatchObject([{ state: "cancelled", cost: { type: "estimated" } }]);
      await made.stop();
    }
  });

  it("by closing its half of the connection is gone too", async () => {
    const { script, isClosed } = heldStream();
    const made = await start({ script });
    const body = chat({ stream: true });
    const socket = connect(made.port, "127.0.0.1");
    socket.on("error", () => undefined).resume();
    const closed = once(socket, "close");
    socket.end(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${CLIENT_SECRET}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await closed;
    await expect.poll(() => made.gateway.metrics().callsRunning).toBe(0);
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(made.booked("attempt-dispatched").length);
    if (made.sent.length > 0) await expect.poll(isClosed).toBe(true);
  });

  it("while the next attempt waits ends the call, once", async () => {
    const made = await start({
      direct: { retries: 1 },
      script(_sent, response) {
        response.writeHead(429, { "retry-after": "5" });
        response.end("{}");
      },
    });
    const sending = open(made, chat());
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
    sending.destroy();
    await expect.poll(() => made.booked("attempt-corrected")).toHaveLength(1);
    const ends = [
      ...made.booked("attempt-settled"),
      ...made.booked("attempt-corrected").map(({ settlement }) => settlement),
    ];
    expect(ends.map(({ callEnd }) => callEnd)).toEqual([false, true]);
    expect(made.sent).toHaveLength(1);
  });
});

describe("a client that is slow", () => {
  it("holds the upstream back, so that memory stays bounded, and gets every byte in the end", async () => {
    const frames = 4_000;
    const text = "x".repeat(4_000);
    let written = 0;
    const made = await start({
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const write = () => {
          while (written < frames) {
            written += 1;
            if (!response.write(frame(text))) {
              response.once("drain", write);
              return;
            }
          }
          response.end(usageFrame + doneFrame);
        };
        write();
      },
    });
    const sending = open(made, chat({ stream: true }));
    const answer = await answerTo(sending);
    answer.pause();
    let before = -1;
    const isStill = () => {
      const now = written;
      return before === (before = now);
    };
    await expect.poll(isStill, { interval: 100 }).toBe(true);
    expect(written).toBeLessThan(frames);
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
    answer.resume();
    await new Promise((resolve) => void answer.on("end", resolve));
    expect(bytes).toBe(frames * frame(text).length + doneFrame.length);
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "answered", delivered: "full" }]);
  });

  it("and takes nothing for too long is cut", async () => {
    const made = await start({
      limits: { clientStallMs: 80 },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const write = () => {
          while (response.write(frame("x".repeat(10_000))));
          response.once("drain", write);
        };
        write();
      },
    });
    const answer = await answerTo(open(made, chat({ stream: true })));
    answer.on("error", () => undefined);
    answer.pause();
    await expect.poll(() => made.booked("attempt-settled")).toHaveLength(1);
    expect(made.booked("attempt-settled")[0]).toMatchObject({ state: "cancelled", delivered: "partial" });
  });
});

describe("a gateway that stops", () => {
  it("takes no more connections, lets calls finish, and is done then", async () => {
    const { script, response } = heldStream();
    const made = await start({ script });
    const answered = ask(made, { body: chat({ stream: true }) });
    await expect.poll(() => made.sent).toHaveLength(1);
    const drained = made.gateway.drain(5000);
    await expect(ask(made, { body: chat() })).rejects.toThrow("ECONNREFUSED");
    response()?.end(usageFrame + doneFrame);
    expect((await answered).isCut).toBe(false);
    await drained;
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "answered" }]);
  });

  it("ends what still runs at its deadline with the protocol's error event, and books it", async () => {
    fault({
      name: "calls run longer than the drain at SIGTERM",
      users: "the protocol's error event with `shutting_down`",
      lost: "nothing: what was relayed is estimated, the rest of the hold in doubt",
      recovery: "with the next instance",
      within: "2 s",
    });
    const { script } = heldStream();
    const made = await start({ script });
    const answered = ask(made, { body: chat({ stream: true }) });
    await expect.poll(() => made.sent).toHaveLength(1);
    await expect.poll(() => made.gateway.metrics().callsRunning).toBe(1);
    await made.gateway.drain(100);
    const answer = await answered;
    expect([answer.isCut, answer.body.includes("shutting_down")]).toEqual([true, true]);
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "cut", error: "shutting_down" }]);
    await made.stop();
    await recovers("calls run longer than the drain at SIGTERM", async () => {
      const next = await start();
      return (await ask(next, { body: chat() })).status === 200;
    });
  });

  it("says so to calls that have seen nothing yet", async () => {
    const made = await start({ script: () => undefined });
    const answered = ask(made, { body: chat() });
    await expect.poll(() => made.sent).toHaveLength(1);
    await made.gateway.drain(50);
    const answer = await answered;
    expect([answer.status, answer.headers["connection"], JSON.parse(answer.body).error.tare_code]).toEqual([
      503,
      "close",
      "shutting_down",
    ]);
  });
});

describe("a connection", () => {
  it("is used again and again, also after a refusal", async () => {
    const made = await start();
    const body = chat();
    const one = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${CLIENT_SECRET}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const bad = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(made.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk.toString()));
    for (const [index, text] of [one, bad, one, one].entries()) {
      socket.write(text);
      await expect.poll(() => heard.match(/HTTP\/1\.1 \d+/g)).toHaveLength(index + 1);
    }
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401", "HTTP/1.1 200", "HTTP/1.1 200"]);
    socket.destroy();
  });

  it("is closed after its next answer when the thread is to shed some", async () => {
    const made = await start();
    made.gateway.shed();
    expect((await ask(made, { body: chat(), headers: { connection: "keep-alive" } })).headers["connection"]).toBe(
      "keep-alive",
    );
  });
});
