/** Budgets of the real product: what is changed holds at once, and what was spent is known again after a crash. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type BudgetPage } from "#contract";
import { type Product, until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

const BUDGETS = "budgets:\n  - { name: five, scope: everything, per: month, limit: 5 USD }\n";
/** A machine that is busy with other things would have calls refused for its own sake. */
const PATIENT = "limits: { lag: 10s }\n";

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.strike();
  stage = undefined;
});

const SPENT_BUDGET = { id: undefined, name: "tiny", scope: "everything", per: "total", limit: "0.000001 USD" };

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

describe("after a stop in order", () => {
  it("what was spent is known to the nano, and no journal is needed for it", async () => {
    stage = await setStage({ threads: 2, config: PATIENT + BUDGETS });
    const { product } = stage;
    const { secret } = await product.createKey({ name: "stopped" });
    for (let turn = 0; turn < 5; turn += 1)
      await Promise.all(Array.from({ length: 8 }, () => chat(product, secret, { user: `user-${turn}` })));
    const spent = async () => (await product.api<BudgetPage>("/budgets")).rows[0]?.spent;
    await product.waitUntilBooked();
    let before = "";
    // Two looks alike: what the threads have told is all of it.
    await until(async () => {
      const last = before;
      before = (await spent()) ?? "";
      return before !== "" && before !== "0" && before === last;
    }, "what was spent is told");
    expect(await product.stop()).toBe(0);
    renameSync(join(product.dataFolder, "journal"), join(product.folder, "journal-away"));
    await product.start();
    await until(async () => (await spent()) === before, "what was spent before the stop is known");
  }, 60_000);
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
