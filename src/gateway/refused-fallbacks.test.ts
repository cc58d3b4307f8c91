import { afterEach, describe, expect, it } from "vitest";
import { type BudgetDefinition } from "#budget";
import { type Provider } from "#routing";
import { money } from "#units";
import { answering, ask, chat, Rig, type RigOptions, type Script, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

/** Holds 100 tokens of gpt-5-nano, and not of gpt-5. */
const small: BudgetDefinition = {
  id: "small",
  scope: {},
  per: "day",
  unit: "USD",
  limit: money(500_000n),
  zone: "UTC",
  thresholds: [{ percent: 100, action: "refuse" }],
  valuesMax: 10,
};

const overloaded = '{"error":{"message":"overloaded","type":"server_error"}}';
const failsOnce: Script = (sent, response, number) => {
  if (number > 1) return answering(sent, response, number);
  response.writeHead(500, { "content-type": "application/json" }).end(overloaded);
};

async function start(models: readonly string[], { direct }: Partial<RigOptions> = {}): Promise<Rig> {
  const to = models.map((model) => `openai/${model}`);
  const routes = { support: { to } };
  rig = await Rig.start({ script: failsOnce, budgets: [small], routes, ...(direct && { direct }) });
  return rig;
}

describe("a fallback that a budget refuses", () => {
  it("leaves the client with the failure that was reached, and the refusal in the books and the log", async () => {
    const made = await start(["gpt-5-nano", "gpt-5"]);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer).toMatchObject({ status: 500, body: overloaded, headers: { "x-tare-attempts": "1" } });
    expect(made.booked("attempt-corrected")).toMatchObject([
      { reason: "budget_exceeded (small) before the next attempt", settlement: { callEnd: true, status: 500 } },
    ]);
    expect(made.logged.filter((line) => line.includes("attempt-refused"))).toMatchObject([
      expect.stringMatching(/"model":"gpt-5","code":"budget_exceeded","budget":"small"/),
    ]);
    expect(made.booked("call-refused")).toEqual([]);
  });

  it("leaves the call to the route's last resort", async () => {
    const made = await start(["gpt-5-nano", "gpt-5"], {
      direct: { lastResort: { lastGoodMs: undefined, text: "Later." } },
    });
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer).toMatchObject({ status: 200, headers: { "x-tare-cache": "static", "x-tare-attempts": "1" } });
  });

  it("is passed over where the target behind it is one that the budget can pay", async () => {
    const made = await start(["gpt-5-nano", "gpt-5", "gpt-4.1-nano"]);
    expect((await ask(made, { body: chat({ model: "support" }) })).body).toBe(wholeAnswer);
    expect(made.booked("attempt-dispatched").map(({ model }) => model)).toEqual(["gpt-5-nano", "gpt-4.1-nano"]);
  });

  it("is told as a refusal where nothing was asked before it", async () => {
    const made = await start(["gpt-5"]);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([402, "budget_exceeded"]);
  });
});

async function startTwo(
  to: readonly string[],
  budgets: readonly BudgetDefinition[],
  second: Partial<Provider> = {},
): Promise<Rig> {
  const more = [{ name: "second", ...second }];
  rig = await Rig.start({ script: answering, more, budgets, routes: { support: { to } } });
  return rig;
}

const sentTo = (made: Rig) => made.booked("attempt-dispatched").map(({ provider, model }) => `${provider}/${model}`);
const codeOf = ({ body }: { readonly body: string }) => JSON.parse(body).error.tare_code;
const accounts = (made: Rig) =>
  made.authority
    .status()
    .map(({ account, spent, held, inDoubt }) => [account.budget, account.value, spent, held, inDoubt]);

describe("a first attempt that a budget refuses", () => {
  const ofOpenai: BudgetDefinition = { ...small, id: "provider=openai", scope: { provider: "openai" } };
  const ofEach: BudgetDefinition = { ...small, id: "provider=*", scope: { provider: "*" } };
  const ofSecond: BudgetDefinition = {
    ...small,
    id: "provider=second",
    scope: { provider: "second" },
    limit: money(1n),
  };

  it("of one provider goes on to the next, and nothing is charged to whom it was not sent", async () => {
    const made = await startTwo(
      ["openai/gpt-5", "second/gpt-5-nano"],
      [ofOpenai, { ...small, limit: money(10n ** 9n) }],
    );
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect(answer).toMatchObject({
      status: 200,
      headers: { "x-tare-attempts": "1", "x-tare-target": "second/gpt-5-nano" },
    });
    expect(sentTo(made)).toEqual(["second/gpt-5-nano"]);
    expect(made.booked("attempt-dispatched")).toMatchObject([{ number: 1, purpose: "fallback" }]);
    expect(made.booked("call-refused")).toEqual([]);
    // By the model that the answer names: 1,000 tokens at 0.25 USD and 100 at 2 USD a million.
    const charged = ["small", "", 450_000n, 0n, 0n];
    await expect.poll(() => accounts(made).find(([budget]) => budget === "small")).toEqual(charged);
    const others = accounts(made).filter(([budget]) => budget !== "small");
    expect(others.every(([, , ...amounts]) => amounts.every((amount) => amount === 0n))).toBe(true);
    expect(made.budgets.news.take()?.refused).toMatchObject([{ refusal: { budget: "provider=openai" }, calls: 1 }]);
  });

  it("of each provider goes on to another one, and passes over targets of the same", async () => {
    const made = await startTwo(["openai/gpt-5", "openai/gpt-5-nano", "second/gpt-5-nano"], [ofEach]);
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(sentTo(made)).toEqual(["second/gpt-5-nano"]);
  });

  it("for its number goes on as well, and counts only what was sent", async () => {
    const once: BudgetDefinition = { ...ofOpenai, per: "hour", unit: "requests", limit: money(1n) };
    const made = await startTwo(["openai/gpt-5-nano", "second/gpt-5-nano"], [once]);
    for (let time = 0; time < 3; time += 1)
      expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(sentTo(made)).toEqual(["openai/gpt-5-nano", "second/gpt-5-nano", "second/gpt-5-nano"]);
    await expect.poll(() => accounts(made)).toEqual([["provider=openai", "", 1n, 0n, 0n]]);
  });

  it("that holds every target is the call's refusal at once", async () => {
    const made = await startTwo(["openai/gpt-5", "second/gpt-5-nano"], [small, ofEach]);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, codeOf(answer)]).toEqual([402, "budget_exceeded"]);
    expect(made.booked("call-refused")).toMatchObject([{ code: "budget_exceeded", budget: "small" }]);
    expect(made.sent).toEqual([]);
  });

  it("is the call's refusal where every other target's own budget refuses too", async () => {
    const made = await startTwo(["openai/gpt-5", "second/gpt-5-nano"], [ofOpenai, ofSecond]);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, codeOf(answer)]).toEqual([402, "budget_exceeded"]);
    expect(made.booked("call-refused")).toMatchObject([{ budget: "provider=openai" }]);
    expect(made.sent).toEqual([]);
    expect(accounts(made).every(([, , ...amounts]) => amounts.every((amount) => amount === 0n))).toBe(true);
  });

  it("is the call's refusal where no other target can take the call", async () => {
    const made = await startTwo(["openai/gpt-5", "second/claude-haiku-4-5"], [ofOpenai], {
      format: "anthropic",
      prices: "anthropic",
    });
    const answer = await ask(made, { body: chat({ model: "support", logit_bias: { 50: 1 } }) });
    expect([answer.status, codeOf(answer)]).toEqual([402, "budget_exceeded"]);
    expect(made.booked("call-refused")).toMatchObject([{ budget: "provider=openai" }]);
  });

  it.for([
    ["a model without a price", ["openai/nobody-sells-this", "second/gpt-5-nano"], "second/gpt-5-nano"],
    [
      "a model without a price, beside one of the same",
      ["openai/nobody-sells-this", "openai/gpt-5-nano"],
      "openai/gpt-5-nano",
    ],
  ] as const)("since it wants a bound for %s goes on to the next target", async ([, to, sent]) => {
    const made = await startTwo(to, [ofOpenai]);
    expect((await ask(made, { body: chat({ model: "support" }) })).status).toBe(200);
    expect(sentTo(made)).toEqual([sent]);
  });

  it("since it wants a bound for what has none goes on to a provider whose attempts nobody bounds", async () => {
    const made = await startTwo(["openai/gpt-5", "second/gpt-5-nano"], [ofOpenai]);
    const body = JSON.stringify({ model: "support", input: "x", tools: [{ type: "web_search" }] });
    expect((await ask(made, { path: "/v1/responses", body })).status).toBe(200);
    expect(sentTo(made)).toEqual(["second/gpt-5-nano"]);
  });

  it.for([
    ["unpriced_model", 403, [ofOpenai], "provider=openai"],
    ["unpriced_model", 403, [ofOpenai, small], undefined],
  ] as const)(
    "since it wants a bound is the call's refusal where no target has one: %s",
    async ([code, status, budgets, named]) => {
      const made = await startTwo(["openai/nobody-sells-this", "openai/nor-this"], budgets);
      const answer = await ask(made, { body: chat({ model: "support" }) });
      expect([answer.status, codeOf(answer)]).toEqual([status, code]);
      expect(made.booked("call-refused")).toMatchObject([{ code, budget: named }]);
      expect(made.sent).toEqual([]);
    },
  );

  it("leaves the answer to what a later target says", async () => {
    rig = await Rig.start({
      script: (_, response) => void response.writeHead(500).end(overloaded),
      more: [{ name: "second" }],
      budgets: [ofOpenai],
      routes: { support: { to: ["openai/gpt-5", "second/gpt-5-nano"] } },
    });
    const answer = await ask(rig, { body: chat({ model: "support" }) });
    expect(answer).toMatchObject({ status: 500, body: overloaded, headers: { "x-tare-attempts": "1" } });
    expect(rig.booked("attempt-settled")).toMatchObject([{ callEnd: true, status: 500 }]);
    expect(rig.booked("call-refused")).toEqual([]);
  });
});

/** Something is spent, so that each threshold of 0 % is reached. */
const degraded = async (made: Rig) => {
  await ask(made, { body: chat({ model: "openai/gpt-5-nano" }) });
  await expect.poll(() => accounts(made).some(([budget, , spent]) => budget === "small" && spent !== 0n)).toBe(true);
  made.budgets.tell();
};

describe("a call that a budget sends to a cheaper target", () => {
  const degrading: BudgetDefinition = {
    ...small,
    limit: money(10n ** 9n),
    thresholds: [
      { percent: 0, action: "degrade" },
      { percent: 100, action: "refuse" },
    ],
  };
  const ofSecond: BudgetDefinition = {
    ...small,
    id: "provider=second",
    scope: { provider: "second" },
    limit: money(1n),
  };
  it.for([
    ["the dearer one", ["openai/gpt-5", "second/gpt-5-nano"], "openai/gpt-5"],
    ["the next cheapest", ["openai/gpt-5", "second/gpt-5-nano", "openai/gpt-5-mini"], "openai/gpt-5-mini"],
  ] as const)("gets it from %s where the cheapest one's own budget is spent", async ([, to, sent]) => {
    const made = await startTwo(to, [degrading, ofSecond]);
    await degraded(made);
    const answer = await ask(made, { body: chat({ model: "support" }) });
    expect([answer.status, answer.headers["x-tare-attempts"]]).toEqual([200, "1"]);
    expect(sentTo(made).at(-1)).toBe(sent);
    expect(made.booked("call-refused")).toEqual([]);
  });

  it("is said in that target's format, and held for as that one gets it", async () => {
    const made = await startTwo(["openai/gpt-5", "second/claude-3-haiku-20240307"], [degrading], {
      format: "anthropic",
      prices: "anthropic",
    });
    await degraded(made);
    await ask(made, { body: chat({ model: "support", max_tokens: 20 }) });
    expect(sentTo(made).at(-1)).toBe("second/claude-3-haiku-20240307");
    const [sent] = made.sent.slice(-1);
    expect(sent?.url).toMatch(/\/messages$/);
    expect(JSON.parse(sent?.body ?? "")).toMatchObject({
      model: "claude-3-haiku-20240307",
      messages: [{ role: "user" }],
    });
    expect(made.booked("attempt-dispatched").at(-1)?.format).toBe("anthropic");
  });

  it("stays where it was planned when the cheaper one cannot take it", async () => {
    const made = await startTwo(["openai/gpt-5", "second/claude-3-haiku-20240307"], [degrading], {
      format: "anthropic",
      prices: "anthropic",
    });
    await degraded(made);
    expect((await ask(made, { body: chat({ model: "support", logit_bias: { 50: 1 } }) })).status).toBe(200);
    expect(sentTo(made).at(-1)).toBe("openai/gpt-5");
  });
});
