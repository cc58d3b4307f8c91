/**
 * How long the page of an agent's run of a thousand steps takes to open among ten million entries: the running product, and a
 * real browser that loads the page anew each time. One run is of posted steps alone; of the other, half are calls of models
 * through the gateway, which are listed a second time below the waterfall.
 *
 *     node bench/interaction.ts [--entries 10000000] [--rounds 10] [--folder FOLDER]
 *
 * A folder that is named is kept, and filled when there is none.
 */
import { existsSync, mkdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { openDuckDbStore } from "#ledger";
import { until } from "../e2e/harness/product.ts";
import { setStage } from "../e2e/harness/stage.ts";
import { fillLedger } from "./fill-ledger.ts";

const { values: options } = parseArgs({
  options: {
    entries: { type: "string", default: "10000000" },
    rounds: { type: "string", default: "10" },
    folder: { type: "string" },
  },
});
const STEPS = 1000;
/** It begins as those of the others do: what a database knows of a stretch of texts is how they begin. */
const POSTED = "interaction_long-run";
const HALF_CALLS = "interaction_agent-run";
const { folder } = options;
const isFilled = folder !== undefined && existsSync(folder);
if (folder !== undefined) mkdirSync(folder, { recursive: true });
const stage = await setStage({ latency: "none", ...(folder === undefined ? {} : { folder }) });
const { product } = stage;

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${options.entries} entries`);
try {
  if (!isFilled) {
    await product.stop();
    await fill(join(product.dataFolder, "ledger.duckdb"), Number(options.entries));
    await product.start();
  }
  for (const interaction of [POSTED, HALF_CALLS]) if (!(await isThere(interaction))) await make(interaction);
  await product.waitUntilBooked();
  for (const interaction of [POSTED, HALF_CALLS]) {
    console.log(interaction === POSTED ? "steps that were posted" : "half of them calls through the gateway");
    const path = `/interactions/${interaction}`;
    report("answered by the API", await times(() => product.api(`${path}?entries=none`)));
    await measurePage(path);
  }
} finally {
  await stage.strike();
}

function isThere(interaction: string): Promise<boolean> {
  return product.api(`/interactions/${interaction}?entries=none`).then(
    () => true,
    () => false,
  );
}

async function fill(path: string, entries: number): Promise<void> {
  const opened = await openDuckDbStore(path, { memoryBytes: Math.floor(totalmem() / 4), threads: cpus().length });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  await fillLedger(opened.value, entries);
  opened.value.close();
}

async function make(interaction: string): Promise<void> {
  const calls = interaction === HALF_CALLS ? STEPS / 2 : 0;
  await postSteps(interaction, STEPS - calls);
  if (calls === 0) return;
  const { secret } = await product.createKey();
  const headers = {
    authorization: `Bearer ${secret}`,
    "content-type": "application/json",
    "x-tare-interaction": interaction,
  };
  const body = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What next?" }] });
  for (let call = 0; call < calls; call += 1) {
    const url = `${product.dataPlane}/v1/chat/completions`;
    const answer = await fetch(url, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}

/** Rounds of ten: one step with nine below it. */
async function postSteps(interaction: string, count: number): Promise<void> {
  const began = Date.now() - count * 20;
  const steps = Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    interaction,
    ...(index % 10 === 0 ? {} : { parent: `s${index - (index % 10)}` }),
    kind: index % 10 === 0 ? "custom" : "tool",
    name: index % 10 === 0 ? `round ${index / 10}` : `look up ${index}`,
    started_at: new Date(began + index * 20).toISOString(),
    duration_ms: index % 10 === 0 ? 200 : 15,
    cost: index % 10 === 0 ? "0" : "0.001",
  }));
  // The office answers 503 until it has read what was written before.
  const isTaken = () =>
    product.api("/steps", { method: "POST", body: { steps } }).then(
      () => true,
      () => false,
    );
  await until(isTaken, "steps are taken");
}

async function measurePage(path: string): Promise<void> {
  const executablePath = process.env["TARE_CHROMIUM"] ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(notePainted);
  await page.goto(`${product.control}/#token=${product.adminToken}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const painted: number[] = [];
  const seen = await times(async () => {
    await open(page, path);
    painted.push(await page.evaluate(() => window.painted));
  });
  report("the page, from its address until the last of its first rows is painted", inOrder(painted));
  report("the same as Playwright sees it, which looks 20, 70, 170 and 270 ms after the load", seen);
  await browser.close();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${product.control}${path}`);
  await page.getByText("1,000 steps; time to the left").waitFor();
  await page.getByRole("button", { name: "Show all 1,000 steps" }).waitFor();
}

declare global {
  interface Window {
    /** Milliseconds from the address to the frame that shows the last of the first rows, by the page's own clock. */
    painted: Promise<number>;
  }
}

/** In the page, before any of its own programs. */
function notePainted(): void {
  window.painted = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      const buttons = [...document.querySelectorAll("button")];
      if (!buttons.some((one) => one.textContent.startsWith("Show all"))) return;
      watch.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => resolve(performance.now()));
        port1.start();
        port2.postMessage(undefined);
      });
    });
    watch.observe(document, { childList: true, subtree: true });
  });
}

async function times(run: () => Promise<unknown>): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const begun = performance.now();
    await run();
    taken.push(performance.now() - begun);
  }
  return inOrder(taken);
}

function inOrder(taken: readonly number[]): readonly number[] {
  return taken.toSorted((left, right) => left - right);
}

function report(what: string, taken: readonly number[]): void {
  const at = (share: number) => `${(taken[Math.floor((taken.length - 1) * share)] ?? Number.NaN).toFixed(0)} ms`;
  console.log(`${what}: at best ${at(0)}, median ${at(0.5)}, at worst ${at(1)}`);
}
