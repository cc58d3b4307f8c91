import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, doneFrame, frame, Rig, type RigOptions, type Script, usageFrame } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(options);
  return rig;
}

const EVERY_MS = 10;
const timeouts = { connectMs: 1_000, firstByteMs: 3_000, idleMs: 3_000, totalMs: 5_000 };

/** Says this again and again behind a beginning, `times` times or as long as somebody listens; then the answer. */
function pinging(ping: string, { from = "", times = Infinity }: { from?: string; times?: number } = {}): Script {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(from);
    let said = 0;
    const timer = setInterval(() => {
      if (said < times) response.write(ping);
      else response.end(frame("late") + usageFrame + doneFrame);
      said += 1;
    }, EVERY_MS);
    response.on("close", () => clearInterval(timer));
  };
}

const pings = [
  ["comments", ": OPENROUTER PROCESSING\n\n"],
  ["Anthropic's pings", 'event: ping\ndata: {"type": "ping"}\n\n'],
  ["OpenAI's keep-alives", 'data: {"type":"keepalive","sequence_number":3}\n\n'],
  ["empty events", "data:\n\n"],
] as const;

describe("a provider that only keeps the connection open", () => {
  it.for(pings)("with %s has not begun to answer: the next target is asked, unseen", async ([, ping]) => {
    const made = await start({
      script: (sent, response, number) => (number > 1 ? answering : pinging(ping))(sent, response, number),
      more: [{ name: "second" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"] } },
      direct: { timeouts: { ...timeouts, firstByteMs: 100 } },
    });
    const answer = await ask(made, { body: chat({ model: "support", stream: true }) });
    expect(answer).toMatchObject({ status: 200, isCut: false, body: frame("one") + frame("two") + doneFrame });
    expect(made.booked("attempt-settled")[0]).toMatchObject({ state: "failed", error: "upstream_first_byte_timeout" });
  });

  it("where no other target is left is ended in the stream", async () => {
    const made = await start({
      script: pinging(": ping\n\n"),
      direct: { timeouts: { ...timeouts, firstByteMs: 100 } },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect([answer.isCut, answer.body.includes("upstream_first_byte_timeout")]).toEqual([true, true]);
  });

  it.for(pings)(
    "with %s behind its first words is given all the time of the call, not just that of a silent one",
    async ([, ping]) => {
      const made = await start({
        script: pinging(ping, { from: frame("one"), times: 60 }),
        direct: { timeouts: { ...timeouts, idleMs: 400 } },
      });
      const answer = await ask(made, { body: chat({ stream: true }) });
      expect([answer.isCut, answer.body.endsWith(frame("late") + doneFrame)]).toEqual([false, true]);
    },
  );

  it("and never says more is ended with the call's time", async () => {
    const made = await start({
      script: pinging(": ping\n\n", { from: frame("one") }),
      direct: { timeouts: { ...timeouts, totalMs: 300 } },
    });
    const answer = await ask(made, { body: chat({ stream: true }) });
    expect([answer.isCut, answer.body.includes("upstream_total_timeout")]).toEqual([true, true]);
  });
});
