/** Budgets that are set while everything runs, and somebody who is told of them, over the listeners of the product. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AlertPage, type BudgetDetail, type BudgetPage, type SetBudget, type Status } from "#contract";
import { until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const SECRET = "a-secret-to-sign-with";
const heard: { readonly headers: IncomingMessage["headers"]; readonly body: string }[] = [];
let statusOfReceiver = 200;
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    heard.push({ headers: request.headers, body });
    response.writeHead(statusOfReceiver).end();
  });
});

let stage: Stage;
let secret: string;
beforeAll(async () => {
  await new Promise<void>((done) => void receiver.listen(0, "127.0.0.1", done));
  const address = receiver.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  stage = await setStage({
    config: `
budgets:
  - { name: each-user, scope: { user: "*" }, per: total, limit: 3 requests, at: { "100%": refuse } }
alerts: { url: "http://127.0.0.1:${port}/hook", secret: "\${HOOK_SECRET}" }
`,
    env: { HOOK_SECRET: SECRET },
  });
  ({ secret } = await stage.product.createKey({ name: "load", team: "load" }));
});
afterAll(async () => {
  await stage.strike();
  receiver.closeAllConnections();
  receiver.close();
});

const call = (user: string, content = "What does it weigh?") =>
  fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "x-tare-user": user },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      max_tokens: 20,
      messages: [{ role: "user", content }],
    }),
  });

const accountOf = async (user: string) => {
  const { rows } = await stage.product.api<BudgetPage>("/budgets?budget=each-user");
  return rows.find(({ values }) => values?.["user"] === user);
};

const told = (type: string) =>
  heard
    .map(({ body }) => JSON.parse(body) as { type: string; facts: Record<string, string>; says: string })
    .filter((alert) => alert.type === type);

describe("a budget of tare.yaml", () => {
  it("refuses what does not fit, shows how it stands, and tells the webhook once, signed", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await call("ada")).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses.slice(3).every((status) => status === 402 || status === 429)).toBe(true);

    await until(async () => (await accountOf("ada"))?.spent === "3", "the budget shows what was used", 3000);
    expect(await accountOf("ada")).toMatchObject({ origin: "config", unit: "requests", held: "0", left: "0" });

    await until(() => told("budget_refused").length > 0, "the webhook is told of the refusal", 10_000);
    expect(told("budget_refused")[0]).toMatchObject({ facts: { budget: "each-user", value: "user=ada" } });
    for (const { headers, body } of heard) {
      const signed = `${String(headers["x-tare-timestamp"])}.${body}`;
      expect(headers["x-tare-signature"]).toBe(`v1=${createHmac("sha256", SECRET).update(signed).digest("hex")}`);
    }
  });

  it("is told of once, also after everything was stopped and started again", async () => {
    const before = heard.length;
    await stage.product.stop();
    await stage.product.start();
    expect((await call("ada")).status).not.toBe(200);
    // Another user's first refusal is news, and comes after anything that would be told again of ada.
    for (let count = 0; count < 4; count += 1) await call("eve");
    await until(() => heard.slice(before).some(({ body }) => body.includes("user=eve")), "eve is told of", 10_000);
    expect(heard.slice(before).filter(({ body }) => body.includes("user=ada"))).toEqual([]);
  });
});

describe("a budget that is set while everything runs", () => {
  it("is in force within a second, survives a restart, and ends within a second", async () => {
    const { product } = stage;
    const set = async (limit: string | null) => {
      const body = { name: "team-load", scope: { team: "load" }, per: "day", limit };
      return product.api<SetBudget>("/budgets", { method: "PUT", body });
    };
    expect((await call("bob")).status).toBe(200);
    await set("0.000000001 USD");
    await until(async () => (await call("bob2")).status === 402, "the new budget is in force", 1000);
    await product.stop();
    await product.start();
    expect((await call("bob3")).status).toBe(402);
    await set("100 USD");
    await until(async () => (await call("bob4")).status === 200, "the raised limit is in force", 1000);
    const { changes, budget } = await product.api<BudgetDetail>("/budgets/team-load");
    expect(changes.map(({ who }) => who)).toEqual(["token admin", "token admin"]);
    expect(budget).toMatchObject({ origin: "books", limit_text: "100 USD" });

    const slow = call("slow", "[[simulate fault=slow]] What does it weigh?");
    const isHeld = async () => {
      const { holds, budget: now } = await product.api<BudgetDetail>("/budgets/team-load");
      return holds.length === 1 && now.held !== "0" && holds[0]?.amount === now.held;
    };
    await until(isHeld, "what is held is the hold of the call that runs", 5000);
    expect((await slow).status).toBe(200);
    const isFree = async () => {
      const { holds, budget: now } = await product.api<BudgetDetail>("/budgets/team-load");
      return holds.length === 0 && now.held === "0";
    };
    await until(isFree, "nothing is held when it has ended", 10_000);
    await set(null);
    expect((await product.api<BudgetPage>("/budgets?budget=team-load")).rows).toEqual([]);
  });
});

describe("an alert that the webhook does not take", () => {
  it("is given up on, seen, and sent again", async () => {
    const { product } = stage;
    statusOfReceiver = 410;
    for (let count = 0; count < 4; count += 1) await call("zoe");
    const ofZoe = async () =>
      (await product.api<AlertPage>("/alerts")).rows.find(({ facts }) => facts["value"] === "user=zoe");
    await until(async () => (await ofZoe())?.state === "failed", "the alert is given up on", 20_000);
    expect(await ofZoe()).toMatchObject({ problem: "status 410", attempts: 1 });
    expect((await product.api<Status>("/status")).alerts.failed).toBeGreaterThan(0);
    statusOfReceiver = 200;
    await product.api(`/alerts/${(await ofZoe())?.id}/resend`, { method: "POST", body: {} });
    await until(async () => (await ofZoe())?.state === "sent", "the alert is sent again", 20_000);
  });
});
