import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, CLIENT_SECRET, PROVIDER_SECRET, Rig, type RigOptions } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, logsCalls: true, key: { team: "support" }, ...options });
  return rig;
}

const lines = () =>
  (rig?.logged ?? [])
    .map((line) => JSON.parse(line) as readonly [string, string, Readonly<Record<string, unknown>>])
    .filter(([, event]) => event === "call")
    .map(([level, , facts]) => ({ level, ...facts }));

describe("the line of a call", () => {
  it("says who asked for what, how it ended and what it cost", async () => {
    const made = await start();
    const answer = await ask(made, {
      body: chat(),
      headers: { "x-tare-feature": "search", "x-tare-interaction": "turn-1" },
    });
    expect(lines()).toMatchObject([
      {
        level: "info",
        call: answer.headers["x-tare-call"],
        status: 200,
        team: "support",
        feature: "search",
        interaction: "turn-1",
        format: "openai",
        model: "gpt-5-mini",
        attempts: 1,
        cost_nanos: "450000",
        duration_ms: expect.any(Number),
      },
    ]);
  });

  it("has no word of what was said, and no secret", async () => {
    const made = await start();
    const answer = await ask(made, { body: chat({ messages: [{ role: "user", content: "question-canary" }] }) });
    expect(answer.body).toContain("content");
    expect(made.logged.join()).toContain(answer.headers["x-tare-call"]);
    for (const word of ["question-canary", CLIENT_SECRET, PROVIDER_SECRET, answer.body])
      expect(made.logged.join()).not.toContain(word);
  });

  it("names the code of a refusal, also where nobody is known", async () => {
    const made = await start({ key: { team: "support", models: ["other/*"] } });
    await ask(made, { body: chat() });
    await ask(made, { body: chat(), headers: { authorization: "Bearer nobody" } });
    expect(lines()).toMatchObject([
      { refusal: "model_not_allowed", status: 403, team: "support", attempts: 0, cost_nanos: "0" },
      { refusal: "unknown_key", status: 401 },
    ]);
  });

  it("is not written for whoever asks whether we live, nor where nobody wants any", async () => {
    const made = await start();
    await ask(made, { method: "GET", path: "/healthz" });
    expect(lines()).toEqual([]);
    await rig?.stop();
    await ask(await start({ logsCalls: false }), { body: chat() });
    expect(lines()).toEqual([]);
  });
});
