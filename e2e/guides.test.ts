/** Every command that a guide shows is one that runs: those in indented blocks of docs/*.md, against a product with calls in it. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { PROGRAM } from "./harness/product.ts";
import { setStage, type Stage } from "./harness/stage.ts";

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tare-guides-"));
/** It goes on until it is stopped, so it has a process of its own. */
const GOES_ON = /^up\b/;
/** They look for tare.yaml where they are called. */
const READS_THE_FILE = /^(?:check|doctor)$/;
/** What they find is told by a status of 1: nothing of that name here, a difference, an unsafe setting, nothing to fetch. */
const MAY_FIND = /^(?:allocate|statement|month|reconcile|doctor|prices|target|unit|roi|meters|bills)\b/;
const FOCUS =
  "BilledCost,BillingCurrency,BillingAccountId,ChargePeriodStart,ChargePeriodEnd,ServiceProviderName,ServiceName,ServiceCategory,ResourceId,ChargeDescription,Tags";
const CHARGE = "12.5,USD,a1,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,Vectors Inc.,Vectors,Databases,index-1,stored,";
const USAGE = {
  object: "page",
  data: [{ start_time: 1_798_761_600, end_time: 1_798_848_000, results: [] }],
  has_more: false,
};

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    folder: mkdtempSync(join(folder, "product-")),
    config:
      "budgets:\n  - { scope: { user: '*' }, per: day, limit: 2 USD }\n" +
      "slos:\n  - { name: support is answered, feature: chat, good: answered, target: 99.5% }\n",
  });
  const { secret } = await stage.product.createKey({ name: "guides", team: "support", feature: "chat" });
  await runMixedCalls({ baseUrl: stage.product.dataPlane, secret, calls: 20, atOnce: 4, seed: 1 }).finished;
  await fetch(`${stage.product.dataPlane}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "x-tare-user": "ada" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "What does it weigh?" }] }),
  });
  await stage.product.waitUntilBooked();
  await layOutFiles();
}, 120_000);
afterAll(async () => {
  await stage.strike();
  rmSync(folder, { recursive: true, force: true });
});

/** What a reader has on the disk when the guide comes to it. */
async function layOutFiles(): Promise<void> {
  const lay = (name: string, text: string) => writeFileSync(join(folder, name), text);
  lay("january.csv", `${FOCUS}\n${CHARGE}\n`);
  lay("november.csv", "customer,from,to,amount,currency\nacme,2026-11-01,2026-12-01,1000,USD\n");
  for (const name of ["usage.json", "costs.json"]) lay(name, JSON.stringify(USAGE));
  const duck = await (await DuckDBInstance.create(":memory:")).connect();
  const from = `read_csv('${join(folder, "january.csv")}', all_varchar = true)`;
  await duck.run(`COPY (SELECT * FROM ${from}) TO '${join(folder, "export.parquet")}' (FORMAT parquet)`);
  duck.closeSync();
}

interface Shown {
  readonly guide: string;
  readonly words: string;
}

/** In the order of the guides: some commands go on from what one before has made. */
function shownCommands(): readonly Shown[] {
  return readdirSync(join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .flatMap((guide) =>
      [...readFileSync(join(ROOT, "docs", guide), "utf8").matchAll(/^ {4}tare (.+)$/gm)].map(([, line = ""]) => ({
        guide,
        words: line.replace(/\s+(?:#|→|>).*$/, "").trim(),
      })),
    );
}

/** In this process, which is what `tare` does in its own. */
async function run(words: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  const { product } = stage;
  let text = "";
  const stream = { write: (piece: string) => (text += piece) };
  const status = await runCommandLine(words, {
    stdout: stream,
    stderr: stream,
    env: { TARE_URL: product.control, TARE_DATA: product.dataFolder, SIMULATED_KEY: "x" },
  });
  return { status, text };
}

/** As a shell would take them apart; the places of a guide are this test's. */
function toWords(text: string): readonly string[] {
  const words = [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const file = join(stage.product.folder, "tare.yaml");
  const placed = words.map((word) =>
    word
      .replace(/^\/backups\//, `${folder}/`)
      .replace(/^\/etc\/tare\/tare\.yaml$/, file)
      .replace(/^(?:\.\/tare-data|\/var\/lib\/tare)$/, `${folder}/other-data`)
      .replace(/^(\w+\.(?:csv|parquet|json))$/, `${folder}/$1`),
  );
  return READS_THE_FILE.test(text) && words.length === 1 ? [...placed, file] : placed;
}

async function idOfKey(): Promise<string> {
  return (await stage.product.createKey({ name: "of a guide" })).key.id;
}

/** Calls of the API that a guide shows with curl, to the address where Tare listens by itself; lines that go on are one. */
function shownRequests() {
  return readdirSync(join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .flatMap((guide) =>
      [...readFileSync(join(ROOT, "docs", guide), "utf8").matchAll(/^ {4}curl ((?:.*\\\n)*.+)$/gm)].map(
        ([, line = ""]) => ({ guide, line: line.replaceAll(/\\\n\s*/g, "") }),
      ),
    )
    .filter(({ line }) => line.includes("http://127.0.0.1:4001"));
}

async function request(line: string): Promise<Response> {
  const { product } = stage;
  const address = /'?http:\/\/127\.0\.0\.1:4001([^'\s]*)'?/.exec(line)?.[1] ?? "";
  const body = /-d '([^']*)'/.exec(line)?.[1];
  const headers = { authorization: `Bearer ${product.adminToken}`, "content-type": "application/json" };
  const method = /-X (\w+)/.exec(line)?.[1] ?? (body === undefined ? "GET" : "POST");
  return fetch(`${product.control}${address}`, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** Started as it is shown, in a folder with a tare.yaml, until it listens; gives what it ended with. */
async function startAndStop(words: readonly string[]): Promise<number | null> {
  const home = mkdtempSync(join(folder, "up-"));
  mkdirSync(home, { recursive: true });
  const config = `listen: { port: 0, control_port: 0 }\ndata: ${join(home, "data")}\n${stage.providersText}`;
  writeFileSync(join(home, "tare.yaml"), config);
  const placed = words.map((word) => (word.endsWith("tare.yaml") ? join(home, "tare.yaml") : word));
  const child = spawn(process.execPath, [PROGRAM, ...placed], {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", SIMULATED_KEY: "x" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((done) => void child.once("exit", (code) => done(code)));
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (/^control +http/m.test(said)) child.kill("SIGTERM");
  });
  return ended;
}

describe("the guides", () => {
  const shown = shownCommands();
  // Synopses, with their words in capitals and brackets, are not commands.
  const commands = shown.filter(({ words }) => !/[[\]]|\b[A-Z]{3,}\b(?!:)/.test(words.replaceAll(/\d+USD/g, "")));

  it("show commands enough for this to mean something", () => {
    expect(commands.length).toBeGreaterThan(40);
    expect(shown.length - commands.length).toBeLessThan(3);
    expect(shownRequests().length).toBeGreaterThan(4);
  });

  it.each(commands.filter(({ words }) => !GOES_ON.test(words)))("$guide: tare $words", async ({ words }) => {
    const asked = toWords(words.includes("key_…") ? words.replace("key_…", await idOfKey()) : words);
    // A guide before this one has shown a file of the same name.
    if (asked.includes("--out")) rmSync(asked[asked.indexOf("--out") + 1] ?? "", { force: true });
    const { status, text } = await run(asked);
    // 2 is a command line that is not understood.
    expect(MAY_FIND.test(words) ? [0, 1] : [0], text).toContain(status);
  });

  it.each(shownRequests())("$guide: curl $line", async ({ line }) => {
    const answer = await request(line);
    expect(answer.status, await answer.text()).toBeLessThan(300);
  });

  it.concurrent.each(commands.filter(({ words }) => GOES_ON.test(words)))(
    "$guide: tare $words",
    async ({ words }) => {
      expect(await startAndStop(toWords(words))).toBe(0);
    },
    60_000,
  );
});

describe("the pages of the docs", () => {
  it("are all in their list", () => {
    const list = readFileSync(join(ROOT, "docs/README.md"), "utf8");
    const pages = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md") && file !== "README.md");
    expect(pages.filter((page) => !list.includes(`](${page}`))).toEqual([]);
  });
});
