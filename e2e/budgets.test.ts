/** Budgets of the real product against the invoices of simulated providers, which nobody at the gateway has seen. */
import { afterEach, describe, expect, it } from "vitest";
import { invoicedNanos } from "./harness/invoice-money.ts";
import { forgetInspectors, killThread } from "./harness/kill-thread.ts";
import { type Product, until } from "./harness/product.ts";
import { spendDown, type SpendingDown } from "./harness/spend-down.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const LIMIT = 5_000_000_000n;
const LEFT_MOST = 0.05;
const CLIENTS = 1_000;
const WITHIN_MS = 90_000;
const BUDGETS = "budgets:\n  - { name: five, scope: everything, per: month, limit: 5 USD }\n";
const latency = {
  firstTokenMs: { median: 15, sigma: 0.8 },
  perTokenMs: { median: 0.1, sigma: 0.5 },
  perThousandInputMs: 0,
} as const;
const inspectable = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

let stage: Stage;
afterEach(() => stage.strike());

async function crowd(): Promise<SpendingDown> {
  const { product } = stage;
  const { secret } = await product.createKey({ name: "crowd" });
  return spendDown({ baseUrl: () => product.dataPlane, secret, clients: CLIENTS, withinMs: WITHIN_MS });
}

describe("a budget of 5 USD under 1,000 clients at once", () => {
  it.for([1, 2])(
    "is never overrun, and spent but for less than a hundredth; %i threads",
    { timeout: 180_000 },
    async (threads) => {
      stage = await setStage({ threads, latency, config: BUDGETS, seed: threads });
      const { finished } = await crowd();
      const outcome = await finished;
      const invoiced = await invoicedNanos(stage.providers.invoice());
      console.log(`${threads} threads:`, { ...outcome, invoiced: Number(invoiced) / 1e9 });
      expect(invoiced).toBeLessThanOrEqual(LIMIT);
      expect(invoiced).toBeGreaterThan((LIMIT * 99n) / 100n);
      expect(outcome.refused["budget_exceeded"]).toBeGreaterThan(0);
      expect(outcome.failed).toBe(0);
    },
  );

  it.for([1, 2])(
    "is never overrun while threads, office and gateway are killed; %i threads",
    { timeout: 180_000 },
    async (threads) => {
      stage = await setStage({ threads, latency, config: BUDGETS, seed: 10 + threads, env: inspectable });
      const { product, providers } = stage;
      const spending = await crowd();
      await killAll(product, spending);
      const outcome = await spending.finished;
      const invoiced = await invoicedNanos(providers.invoice());
      console.log(`${threads} threads, killed:`, { ...outcome, invoiced: Number(invoiced) / 1e9 });
      expect(invoiced).toBeLessThanOrEqual(LIMIT);
      // What ran when something died is in doubt, and all else could be spent.
      expect(Number(outcome.left)).toBeLessThan(LEFT_MOST);
      expect(product.output).toContain("thread-died");
      expect(product.output).toContain("office-died");
    },
  );
});

/** Each at moments that no schedule chose, while calls run. */
async function killAll(product: Product, spending: SpendingDown): Promise<void> {
  const after = (calls: number) => {
    const from = spending.answered();
    const count = calls * (0.5 + Math.random());
    return until(() => spending.answered() >= from + count, `${calls} more calls`, WITHIN_MS).catch(() => undefined);
  };
  await after(100);
  await killThread(product, 0);
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
