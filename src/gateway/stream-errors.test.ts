import { type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, frame, Rig, type RigOptions } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(options);
  return rig;
}

const settledAs = (made: Rig) =>
  made.booked("attempt-settled").map(({ state, status, callEnd }) => [state, status, callEnd]);

describe("an error inside a 200", () => {
  const errorFrame = 'data: {"error":{"message":"overloaded","type":"server_error","code":null}}\n\n';

  it("before any content is tried again unseen", async () => {
    const made = await start({
      direct: { retries: 1 },
      script(sent, response, number) {
        if (number > 1) return answering(sent, response, number);
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(errorFrame);
      },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect(answer.body).not.toContain("overloaded");
    expect(settledAs(made)).toEqual([
      ["failed", 200, false],
      ["answered", 200, true],
    ]);
  });

  it("after content reaches the client and is booked as failed, never as a success", async () => {
    const made = await start({
      direct: { retries: 1 },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(frame("one"));
        response.end(errorFrame);
      },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect(answer.body).toBe(frame("one") + errorFrame);
    expect(made.booked("attempt-settled")).toMatchObject([
      { state: "failed", delivered: "partial", error: "upstream_server_error" },
    ]);
  });

  const ends = [
    ["is reset", (response: ServerResponse) => response.destroy()],
    ["falls silent", () => undefined],
  ] as const;

  it.for(ends)(
    "after content is the last word, though the connection %s behind it: nothing was cut",
    async ([, end]) => {
      const timeouts = { connectMs: 1000, firstByteMs: 3000, idleMs: 60, totalMs: 5000 };
      const made = await start({
        direct: { timeouts },
        script(_sent, response) {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write(frame("one"));
          response.write(errorFrame, () => void setTimeout(() => end(response), 20));
        },
      });
      const answer = await ask(made, { body: chat({ stream: true }) });
      expect(answer).toMatchObject({ body: frame("one") + errorFrame, isCut: false });
      expect(made.booked("attempt-settled")).toMatchObject([
        { state: "failed", delivered: "partial", error: "upstream_server_error" },
      ]);
    },
  );

  it("before any content is booked as what was said, though the connection is reset behind it", async () => {
    const made = await start({
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(errorFrame, () => void setTimeout(() => response.destroy(), 20));
      },
    });
    expect(await ask(made, { body: chat({ stream: true }) })).toMatchObject({ status: 200, body: errorFrame });
    expect(made.booked("attempt-settled")).toMatchObject([{ state: "failed", error: "upstream_server_error" }]);
  });

  it("is said once in the words of another format, though the connection is reset behind it", async () => {
    const begin = { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [] } };
    const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } };
    const events = [
      begin,
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      delta,
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    ];
    const made = await start({
      provider: { name: "claude", format: "anthropic" },
      routes: { support: { to: ["claude/claude-sonnet-4-5"] } },
      script(_sent, response) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
        response.write(text, () => void setTimeout(() => response.destroy(), 20));
      },
    });
    const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(answer.body.match(/"error":/g)).toHaveLength(1);
    expect(answer.body).toContain("Overloaded");
    expect(made.booked("attempt-settled")).toMatchObject([
      { state: "failed", delivered: "partial", error: "upstream_overloaded_error" },
    ]);
  });
});
