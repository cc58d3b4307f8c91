/** Budgets of the real product against the invoices of simulated providers, which nobody at the gateway has seen. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BudgetPage, type Status } from "#contract";
import { callsInsideLimits } from "./harness/calls-inside-limits.ts";
import { invoicedNanos } from "./harness/invoice-money.ts";
import { forgetInspectors, killThread } from "./harness/kill-thread.ts";
import { type Product, until } from "./harness/product.ts";
import { spendDown, type SpendingDown } from "./harness/spend-down.ts";
import { type Stage, setStage } from "./harness/stage.ts";
import { fault, recovers } from "./harness/faults.ts";

const LIMIT = 5_000_000_000n;
const LEFT_MOST = 50_000_000n;
const CLIENTS = 1_000;
const WITHIN_MS = 90_000;
/** Once all is spent or in doubt no more calls are answered, and what is left to be killed is killed all the same. */
const KILL_WITHIN_MS = 4_000;
/** A machine that is busy with other things would have calls refused for its own sake. */
const PATIENT = "limits: { lag: 10s }\n";
const BUDGETS = "budgets:\n  - { name: five, scope: everything, per: month, limit: 5 USD }\n";
const latency = {
  firstTokenMs: { median: 15, sigma: 0.8 },
  perTokenMs: { median: 0.1, sigma: 0.5 },
  perThousandInputMs: 0,
} as const;
const inspectable = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.strike();
  stage = undefined;
});

async function crowd({ product }: Stage): Promise<SpendingDown> {
  const { secret } = await product.createKey({ name: "crowd" });
  return spendDown({ baseUrl: () => product.dataPlane, secret, clients: CLIENTS, withinMs: WITHIN_MS });
}

describe("a budget of 5 USD under 1,000 clients at once", () => {
  it.for([1, 2])(
    "is never overrun, and spent but for less than a hundredth; %i threads",
    { timeout: 180_000 },
    async (threads) => {
      stage = await setStage({ threads, latency, config: PATIENT + BUDGETS, seed: threads });
      const { finished } = await crowd(stage);
      const outcome = await finished;
      const invoiced = await invoicedNanos(stage.providers.invoice());
      console.log(`${threads} threads:`, { ...outcome, invoiced: Number(invoiced) / 1e9 });
      expect(invoiced).toBeLessThanOrEqual(LIMIT);
      expect(invoiced).toBeGreaterThan((LIMIT * 99n) / 100n);
      expect(outcome.failed).toBe(0);
      expect(Object.keys(outcome.refused)).toEqual(["budget_exceeded"]);
      expect(outcome.refused["budget_exceeded"]).toBeGreaterThan(0);
      expect(await leftByLedger(stage.product)).toBeLessThan(LEFT_MOST);
    },
  );

  it.for([1, 2])(
    "is never overrun while threads, office and gateway are killed; %i threads",
    { timeout: 180_000 },
    async (threads) => {
      stage = await setStage({ threads, latency, config: PATIENT + BUDGETS, seed: 10 + threads, env: inspectable });
      const { product, providers } = stage;
      const spending = await crowd(stage);
      await killAll(product, spending);
      const outcome = await spending.finished;
      const invoiced = await invoicedNanos(providers.invoice());
      console.log(`${threads} threads, killed:`, { ...outcome, invoiced: Number(invoiced) / 1e9 });
      expect(invoiced).toBeLessThanOrEqual(LIMIT);
      expect(product.output).toContain("thread-died");
      expect(product.output).toContain("office-died");
      // What ran when something died is in doubt, and all else could be spent.
      expect(await leftByLedger(product)).toBeLessThan(LEFT_MOST);
    },
  );
});

const SPENT_BUDGET = { id: undefined, name: "tiny", scope: "everything", per: "total", limit: "0.000001 USD" };

describe("calls inside their limits", () => {
  it(
    "are never refused: 20,000 on four threads under three budgets, to the last cent",
    { timeout: 60_000 },
    async () => {
      const { calls, refused, waited } = await callsInsideLimits(20_000, 1);
      console.log(`${waited} of ${calls} waited for others to give back, ${refused} were refused`);
      expect(refused).toBe(0);
    },
  );
});

describe("a limit that is changed while calls run", () => {
  it("holds within a second, lowered and raised, in tare.yaml and through the API", async () => {
    stage = await setStage({ config: PATIENT + BUDGETS });
    const { product } = stage;
    const { secret } = await product.createKey({ name: "changing" });
    expect((await chat(product, secret)).status).toBe(200);
    const file = join(product.folder, "tare.yaml");
    const written = readFileSync(file, "utf8");
    const [before] = (await product.api<BudgetPage>("/budgets")).rows;
    writeFileSync(file, written.replace("limit: 5 USD", "limit: 0.000001 USD"));
    await until(async () => (await chat(product, secret)).code === "budget_exceeded", "the lowered limit holds", 1_500);
    writeFileSync(file, written.replace("limit: 5 USD", "limit: 10 USD"));
    await until(async () => (await chat(product, secret)).status === 200, "the raised limit holds", 1_500);
    const [after] = (await product.api<BudgetPage>("/budgets")).rows;
    expect(BigInt(after?.spent ?? 0)).toBeGreaterThanOrEqual(BigInt(before?.spent ?? 0));
    await product.api("/budgets", { method: "PUT", body: SPENT_BUDGET });
    await until(async () => (await chat(product, secret)).budget === "tiny", "the budget of the API holds", 1_500);
  });
});

describe("after everything was killed", () => {
  it("what was spent is known before the first call, without an office, whatever became of its checkpoint", async () => {
    stage = await setStage({
      threads: 2,
      config: 'budgets: [{ scope: { user: "*" }, per: year, limit: 0.002 USD }]\n',
    });
    const { product } = stage;
    const { secret } = await product.createKey({ name: "killed" });
    const call = () => chat(product, secret, { user: "ann", max_tokens: 20 });
    const stranger = () => chat(product, secret, { user: "bob", max_tokens: 20 });
    await until(async () => (await call()).code === "budget_exceeded", "the budget is spent");
    await product.api("/budgets", { method: "PUT", body: SPENT_BUDGET });
    await until(async () => (await stranger()).budget === "tiny", "the budget of the API holds");
    await product.api("/budgets", { method: "PUT", body: { ...SPENT_BUDGET, limit: "1 USD" } });
    await until(async () => (await stranger()).status === 200, "its raised limit holds");
    const file = join(product.dataFolder, "budgets", "checkpoint");
    for (const checkpoint of ["as it was", "gone", "changed by the disk"]) {
      await until(() => existsSync(file), "a checkpoint is written");
      await product.kill("SIGKILL");
      if (checkpoint === "gone") rmSync(file);
      if (checkpoint === "changed by the disk")
        writeFileSync(file, readFileSync(file, "utf8").replace("spent", "spend"));
      const from = product.output.length;
      await product.start({ waitForOffice: false });
      expect(await call(), checkpoint).toMatchObject({ status: 402, budget: "user=*/year" });
      expect((await stranger()).status, checkpoint).toBe(200);
      const isRebuilt = product.output.slice(from).includes("budgets-rebuilt-from-journals");
      expect(isRebuilt, checkpoint).toBe(checkpoint !== "as it was");
      await until(() => product.officePid !== undefined, "an office is there");
    }
  }, 120_000);
});

/** What budgets count and what the ledger adds up come from the same journal on two ways. */
async function leftByLedger(product: Product): Promise<bigint> {
  const isThere = () => fetch(`${product.control}/healthz`).then(Boolean, () => false);
  await until(isThere, "an office answers", WITHIN_MS);
  await product.waitUntilBooked();
  let left = LIMIT;
  const agree = async () => {
    const { totals } = await product.api<Status>("/status");
    const [budget] = (await product.api<BudgetPage>("/budgets")).rows;
    expect([budget?.spent, budget?.in_doubt, budget?.held]).toEqual([totals.gross_nanos, totals.in_doubt_nanos, "0"]);
    left = BigInt(budget?.left ?? LIMIT);
  };
  // The gateway tells the office twice a second.
  await vi.waitFor(agree, { timeout: 10_000, interval: 250 });
  return left;
}

async function chat(product: Product, secret: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Said> {
  const answer = await fetch(`${product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      max_tokens: 50,
      messages: [{ role: "user", content: "Weigh it." }],
      ...fields,
    }),
  });
  const { error } = (await answer.json()) as { error?: { tare_code?: string; budget?: string } };
  return { status: answer.status, code: error?.tare_code, budget: error?.budget };
}

interface Said {
  readonly status: number;
  readonly code: string | undefined;
  readonly budget: string | undefined;
}

/** Each at moments that no schedule chose, while calls run. */
async function killAll(product: Product, spending: SpendingDown): Promise<void> {
  const after = (calls: number) => {
    const from = spending.answered();
    const count = calls * (0.5 + Math.random());
    return until(() => spending.answered() >= from + count, `${calls} more calls`, KILL_WITHIN_MS).catch(
      () => undefined,
    );
  };
  await after(100);
  fault({
    name: "a gateway thread dies",
    users: "the calls of that thread break; those of other threads do not notice",
    lost: "nothing: its running attempts are in doubt, and no budget is passed",
    recovery: "a thread is started again after a quarter of a second",
    within: "5 s",
  });
  await killThread(product, 0);
  await recovers("a gateway thread dies", async () => {
    const { threads } = (await product.api<Status>("/status")).gateway;
    return threads.some(({ restarts }) => restarts > 0) && threads.every(({ state }) => state === "up");
  });
  await after(100);
  const office = product.officePid;
  if (office !== undefined) process.kill(office, "SIGKILL");
  await after(50);
  await killThread(product, 1);
  await after(50);
  forgetInspectors(product);
  await product.kill("SIGKILL");
  await product.start({ waitForOffice: false });
}
