import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Books } from "#books";
import { openConfig, readConfig, sealConfig } from "#config";
import { instant } from "#units";
import { realWorld } from "#world";
import { ConfigAudit } from "./config-audit.ts";
import { configKeys } from "./config-keys.ts";
import { createSecretKey } from "node:crypto";

const world = realWorld();
const pepper = createSecretKey(Buffer.alloc(32, 7));
const PROVIDERS = 'providers: { openai: { format: openai, api_key: "${A_KEY}" } }\n';
const env = {
  A_KEY: "sk-provider-canary",
  HOOK: "https://hooks.example.com/hook-canary",
  MY_KEY: "tare-static-key-canary",
};

let folder: string;
let books: Books;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tare-config-audit-"));
  const opened = Books.open(join(folder, "books.sqlite"), world);
  if (!opened.ok) throw new Error(opened.error.type);
  books = opened.value;
});
afterEach(async () => {
  await books.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the office has it, which is without the secrets of providers. */
async function note(more: string, { startedAt = 1 } = {}): Promise<void> {
  const read = readConfig(`${PROVIDERS}${more}`, { env, readSecretFile: () => undefined });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const keys = configKeys(read.value, { pepper, at: instant(startedAt) });
  const config = openConfig(structuredClone(sealConfig(read.value, { withSecrets: false })));
  await new ConfigAudit({ world, books }).note(config, keys);
}

const lines = async () =>
  (await books.audit.list({ limit: 10, after: undefined, subject: "config" })).map(
    ({ who, action, before, after }) => ({
      who,
      action,
      before: before === undefined ? undefined : (JSON.parse(before) as Record<string, unknown>),
      after: JSON.parse(after ?? "{}") as Record<string, unknown>,
    }),
  );

describe("a changed tare.yaml", () => {
  it("has a line with what was changed, from what to what, and nothing of what was not", async () => {
    await note("budgets: [{ scope: everything, per: day, limit: 5 USD }]\n");
    await note("budgets: [{ scope: everything, per: day, limit: 7 USD }]\nlog: { level: warn }\n");
    const [changed, first] = await lines();
    expect(first).toMatchObject({ before: undefined, after: { revision: expect.stringMatching(/^[0-9a-f]{12}$/) } });
    expect(Object.keys(first?.after ?? {})).toEqual(["revision"]);
    expect(changed).toMatchObject({ who: "tare.yaml", action: "config-changed" });
    expect(Object.keys(changed?.before ?? {})).toEqual(["revision", "log", "budgets"]);
    expect(changed?.before).toMatchObject({
      log: { level: "info" },
      budgets: { definitions: [{ limit: "5000000000" }] },
    });
    expect(changed?.after).toMatchObject({
      log: { level: "warn" },
      budgets: { definitions: [{ limit: "7000000000" }] },
    });
  });

  it("has none when it is the one that was noted last, also at the next start", async () => {
    await note("keys: [{ name: ci, secret: '${MY_KEY}', team: support }]\n");
    await note("keys: [{ name: ci, secret: '${MY_KEY}', team: support }]\n", { startedAt: 99 });
    expect(await lines()).toHaveLength(1);
  });

  it("shows no secret, whatever was changed", async () => {
    await note("");
    await note(
      "keys: [{ name: ci, secret: '${MY_KEY}', team: support }]\nalerts: { url: '${HOOK}', secret: '${HOOK}' }\n",
    );
    const text = JSON.stringify(await lines());
    expect(text).toContain('"team":"support"');
    expect(text).not.toMatch(/canary|digest/);
    expect(await books.settings.get("config-noted")).not.toMatch(/canary|digest/);
  });

  it("is cut where a section is longer than anybody reads", async () => {
    await note("");
    const many = Array.from({ length: 200 }, (_, index) => `r${index}: { targets: [openai/gpt-5-mini] }`).join(", ");
    await note(`routes: { ${many} }\n`);
    const [changed] = await lines();
    expect(changed?.after["routes"]).toMatch(/…$/);
    expect(JSON.stringify(changed).length).toBeLessThan(10_000);
  });
});
