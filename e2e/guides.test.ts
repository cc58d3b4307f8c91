/** Every command that a guide shows is one that runs: those in indented blocks of docs/*.md, against a product with calls in it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";
import { runMixedCalls } from "./harness/mixed-calls.ts";
import { setStage, type Stage } from "./harness/stage.ts";

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tare-guides-"));
/** They go on until they are stopped; other tests start them. A restore has tests of its own, and needs an empty folder. */
const RUN_ELSEWHERE = /^(?:up|demo|restore)\b/;
/** They look for tare.yaml where they are called. */
const READS_THE_FILE = /^(?:check|doctor)$/;
/** Files that a reader has and this test has not. */
const NEEDS_FILES = /^(?:import|reconcile)\b/;

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
  await stage.product.waitUntilBooked();
}, 120_000);
afterAll(async () => {
  await stage.strike();
  rmSync(folder, { recursive: true, force: true });
});

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
      .replace(/^(\w+\.(?:csv|parquet))$/, `${folder}/$1`),
  );
  return READS_THE_FILE.test(text) && words.length === 1 ? [...placed, file] : placed;
}

async function idOfKey(): Promise<string> {
  return (await stage.product.createKey({ name: "of a guide" })).key.id;
}

describe("the guides", () => {
  const shown = shownCommands().filter(({ words }) => !RUN_ELSEWHERE.test(words) && !NEEDS_FILES.test(words));

  it("show commands enough for this to mean something", () => {
    expect(shown.length).toBeGreaterThan(20);
  });

  // Synopses, with their words in capitals and brackets, are not commands.
  it.each(shown.filter(({ words }) => !/[[\]]|\b[A-Z]{3,}\b(?!:)/.test(words.replaceAll(/\d+USD/g, ""))))(
    "$guide: tare $words",
    async ({ words }) => {
      const asked = words.includes("key_…") ? words.replace("key_…", await idOfKey()) : words;
      const { status, text } = await run(toWords(asked));
      // 2 is a command line that is not understood; 1 says that there is no such budget here, or that a doctor found something.
      expect([0, 1], text).toContain(status);
    },
  );
});

describe("the pages of the docs", () => {
  it("are all in their list", () => {
    const list = readFileSync(join(ROOT, "docs/README.md"), "utf8");
    const pages = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md") && file !== "README.md");
    expect(pages.filter((page) => !list.includes(`](${page}`))).toEqual([]);
  });
});
