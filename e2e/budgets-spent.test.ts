/** What many clients at once may spend of a budget, by the invoices of simulated providers, which nobody at the gateway has seen. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BudgetPage, type Status } from "#contract";
import { callsInsideLimits } from "./harness/calls-inside-limits.ts";
import { fault, recovers } from "./harness/faults.ts";
import { invoicedNanos } from "./harness/invoice-money.ts";
import { forgetInspectors, killThread } from "./harness/kill-thread.ts";
import { type Product, until } from "./harness/product.ts";
import { spendDown, type SpendingDown } from "./harness/spend-down.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const LIMIT = 5_000_000_000n;
const LEFT_MOST = 50_000_000n;
const CLIENTS = 1_000;
/** A crowd that is not done by then has met a defect: on a busy machine it takes minutes. */
const WITHIN_MS = 300_000;
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
  it.for([1, 2])("is never overrun, and spent but for less than a hundredth; %i threads", async (threads) => {
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
  });

  it.for([1, 2])("is never overrun while threads, office and gateway are killed; %i threads", async (threads) => {
    stage = await setStage({ threads, latency, config: PATIENT + BUDGETS, seed: 10 + threads, env: inspectable });
    const { product, providers } = stage;
    const spending = await crowd(stage);
    await killAll(product, spending);
    const outcome = await spending.finished;
    const invoiced = await invoicedNanos(providers.invoice());
    console.log(`${threads} threads, killed:`, { ...outcome, invoiced: Number(invoiced) / 1e9 });
    expect(invoiced).toBeLessThanOrEqual(LIMIT);
    await product.says("thread-died");
    // What ran when something died is in doubt, and all else could be spent.
    expect(await leftByLedger(product)).toBeLessThan(LEFT_MOST);
  });
});

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

/** Each at moments that no schedule chose, while calls run. */
async function killAll(product: Product, spending: SpendingDown): Promise<void> {
  const after = (calls: number) => {
    const from = spending.answered();
    const count = calls * (0.5 + Math.random());
    // Once all is spent or in doubt, what is left to be killed is killed all the same.
    return until(() => spending.answered() >= from + count || spending.isSpent(), `${calls} more calls`);
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
  await until(() => product.officePid !== undefined, "an office is there");
  const office = product.officePid;
  if (office !== undefined) process.kill(office, "SIGKILL");
  // Once all is in doubt nothing else holds up the next kills, and a gateway that is gone says nothing of its office.
  await product.says("office-died");
  await after(50);
  await killThread(product, 1);
  await after(50);
  forgetInspectors(product);
  await product.kill("SIGKILL");
  await product.start({ waitForOffice: false });
}
