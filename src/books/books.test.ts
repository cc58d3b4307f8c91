import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Books, type Change, type StoredKey } from "#books";
import { instant } from "#units";
import { realWorld } from "#world";

let folder: string;
let file: string;
let opened: Books[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tare-books-"));
  file = path.join(folder, "books.sqlite");
  opened = [];
});

afterEach(async () => {
  for (const books of opened) await books.close();
  rmSync(folder, { recursive: true });
});

function open(): Books {
  const books = Books.open(file, realWorld());
  if (!books.ok) throw new Error(JSON.stringify(books.error));
  opened.push(books.value);
  return books.value;
}

const { chance } = realWorld();

function change(at = 1): Change {
  return { audit: chance.id("audit"), who: "token admin", at: instant(at) };
}

function key(name: string, more: Partial<StoredKey> = {}): StoredKey {
  return {
    id: `key_${name}`,
    name,
    digest: `digest-${name}`,
    hint: "abcd",
    team: undefined,
    feature: undefined,
    customer: undefined,
    environment: undefined,
    models: undefined,
    maxOutputTokens: undefined,
    maxContextTokens: undefined,
    requireInteraction: false,
    createdAt: instant(1),
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
    replacedBy: undefined,
    ...more,
  };
}

describe("the file", () => {
  it("is readable by its owner alone, with everything beside it", async () => {
    await open().keys.create(key("a"), change());
    for (const suffix of ["", "-wal", "-shm"]) expect(statSync(file + suffix).mode & 0o777, suffix).toBe(0o600);
  });

  it("keeps everything when it is opened again", async () => {
    const first = open();
    const full = key("a", { team: "t", models: ["gpt*", "x"], expiresAt: instant(9), lastUsedAt: instant(3) });
    await first.keys.create(full, change());
    expect(await open().keys.get("key_a")).toEqual(full);
  });

  it("is refused when a newer version wrote it, and left as it is", async () => {
    await open().close();
    opened = [];
    const database = new DatabaseSync(file);
    database.exec("INSERT INTO migrations VALUES (999, 'from the future', 0)");
    database.close();
    const before = readFileSync(file);
    expect(Books.open(file, realWorld())).toEqual({
      ok: false,
      error: { type: "books-newer", path: file, version: 999, known: 6 },
    });
    expect(readFileSync(file)).toEqual(before);
  });

  it("is refused when it is no database", () => {
    writeFileSync(file, "not a database, but long enough to have a header".repeat(10));
    const books = Books.open(file, realWorld());
    expect(books.ok ? "opened" : books.error.type).toBe("books-unreadable");
  });

  it("is refused when its folder is not there", () => {
    const books = Books.open(path.join(folder, "gone", "books.sqlite"), realWorld());
    expect(books.ok ? "opened" : books.error.type).toBe("books-unreadable");
  });

  it("is written ahead, so that a reader beside us never makes us wait", () => {
    open();
    const database = new DatabaseSync(file);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    database.close();
  });
});

describe("keys", () => {
  it("are listed newest first, each once, whatever the size of a page", async () => {
    const { keys } = open();
    const ids = Array.from({ length: 25 }, (_, index) => `key_${String(index).padStart(3, "0")}` as const);
    for (const id of ids) await keys.create(key(id, { id }), change());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        const seen: string[] = [];
        let page = await keys.list({ limit, after: undefined });
        while (page.length > 0) {
          expect(page.length).toBeLessThanOrEqual(limit);
          seen.push(...page.map(({ id }) => id));
          page = await keys.list({ limit, after: page.at(-1)?.id });
        }
        expect(seen).toEqual(ids.toReversed());
      }),
      { numRuns: 30 },
    );
  });

  it("hold any text as it is", async () => {
    const { keys } = open();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.array(fc.string()), async (text, models) => {
        const id = `key_${(count += 1)}` as const;
        const put = key(id, { id, name: `'; DROP TABLE keys; --${text}`, team: text, models });
        // SQLite keeps text as UTF-8, which has no lone surrogates and, through this API, no NUL.
        fc.pre([put.name, ...models].every((each) => each.isWellFormed() && !each.includes("\u0000")));
        await keys.create(put, change());
        expect(await keys.get(id)).toEqual(put);
      }),
      { numRuns: 50 },
    );
  });

  it("are revoked once: again keeps the first time", async () => {
    const { keys } = open();
    await keys.create(key("a"), change());
    expect((await keys.revoke("key_a", change(5)))?.revokedAt).toBe(5);
    expect((await keys.revoke("key_a", change(9)))?.revokedAt).toBe(5);
    expect(await keys.revoke("key_b", change(9))).toBeUndefined();
  });

  it("hand everything on to their successor, and end with the overlap", async () => {
    const { keys } = open();
    const old = key("old", { team: "t", models: ["m"], expiresAt: instant(5000), lastUsedAt: instant(2) });
    await keys.create(old, change());
    const rotated = await keys.rotate("key_old", {
      successor: { id: "key_new", digest: "digest-new", hint: "efgh" },
      change: change(100),
      overlapUntil: instant(400),
    });
    const successor = {
      ...old,
      id: "key_new",
      digest: "digest-new",
      hint: "efgh",
      createdAt: 100,
      lastUsedAt: undefined,
    };
    expect(rotated).toEqual({
      ok: true,
      value: { replaced: { ...old, expiresAt: 400, replacedBy: "key_new" }, successor },
    });
    expect(await keys.get("key_new")).toEqual(successor);
  });

  it("that expire before the overlap ends keep their expiry", async () => {
    const { keys } = open();
    await keys.create(key("old", { expiresAt: instant(200) }), change());
    const rotated = await keys.rotate("key_old", {
      successor: { id: "key_new", digest: "n", hint: "efgh" },
      change: change(100),
      overlapUntil: instant(400),
    });
    expect(rotated.ok && rotated.value.replaced.expiresAt).toBe(200);
  });

  it("cannot be rotated when they are unknown, revoked, expired, or rotated already; also not twice at once", async () => {
    const { keys } = open();
    await keys.create(key("revoked", { revokedAt: instant(1) }), change());
    await keys.create(key("expired", { expiresAt: instant(100) }), change());
    await keys.create(key("good"), change());
    const rotate = (id: string) =>
      keys.rotate(`key_${id}`, {
        successor: { id: `key_${crypto.randomUUID()}`, digest: crypto.randomUUID(), hint: "efgh" },
        change: change(100),
        overlapUntil: instant(400),
      });
    expect(await rotate("nobody")).toEqual({ ok: false, error: { type: "unknown-key" } });
    expect(await rotate("revoked")).toEqual({ ok: false, error: { type: "key-not-active" } });
    expect(await rotate("expired")).toEqual({ ok: false, error: { type: "key-not-active" } });
    const both = await Promise.all([rotate("good"), rotate("good"), rotate("good")]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await keys.list({ limit: 100, after: undefined })).toHaveLength(4);
  });

  it("note their last use, never an earlier one, and take no unknown key for an error", async () => {
    const { keys } = open();
    await keys.create(key("a"), change());
    await keys.noteUsed(
      new Map([
        ["key_a", instant(50)],
        ["key_gone", instant(50)],
      ] as const),
    );
    await keys.noteUsed(new Map([["key_a", instant(20)]] as const));
    expect((await keys.get("key_a"))?.lastUsedAt).toBe(50);
  });

  it("are not half created: a digest that is taken leaves nothing", async () => {
    const { keys } = open();
    await keys.create(key("a"), change());
    await expect(keys.create(key("b", { digest: "digest-a" }), change())).rejects.toThrow("UNIQUE");
    expect(await keys.get("key_b")).toBeUndefined();
  });
});

describe("tokens", () => {
  it("are found until they expire", async () => {
    const { tokens } = open();
    await tokens.ensure({ name: "ci", digest: "d", role: "viewer", now: instant(0), expiresAt: instant(100) });
    expect(await tokens.find("d", instant(99))).toEqual({ name: "ci", role: "viewer" });
    expect(await tokens.find("d", instant(100))).toBeUndefined();
    expect(await tokens.find("e", instant(0))).toBeUndefined();
  });

  it("end, with their sessions, when another takes their name, and not when the same is ensured again", async () => {
    const { tokens } = open();
    const admin = { name: "admin", role: "admin", now: instant(0), expiresAt: undefined };
    await tokens.ensure({ ...admin, digest: "first" });
    await tokens.openSession({
      digest: "s",
      role: "admin",
      token: "admin",
      now: instant(0),
      expiresAt: instant(100),
    });
    await tokens.ensure({ ...admin, digest: "first" });
    expect(await tokens.findSession("s", instant(1))).toBeDefined();
    await tokens.ensure({ ...admin, digest: "second" });
    expect(await tokens.find("first", instant(1))).toBeUndefined();
    expect(await tokens.find("second", instant(1))).toBeDefined();
    expect(await tokens.findSession("s", instant(1))).toBeUndefined();
  });

  it("open a session once when they are one-time logins, whoever comes first, and never late", async () => {
    const { tokens } = open();
    await tokens.addLogin({ digest: "one", role: "admin", expiresAt: instant(100) });
    const takers = await Promise.all([1, 2, 3].map(() => tokens.takeLogin("one", instant(50))));
    expect(takers.filter((taken) => taken?.role === "admin")).toHaveLength(1);
    await tokens.addLogin({ digest: "late", role: "admin", expiresAt: instant(100) });
    expect(await tokens.takeLogin("late", instant(100))).toBeUndefined();
  });

  it("leave sessions that end at their time or when they are closed", async () => {
    const { tokens } = open();
    const session = { role: "viewer", token: undefined, now: instant(0), expiresAt: instant(100) };
    await tokens.openSession({ ...session, digest: "a" });
    await tokens.openSession({ ...session, digest: "b" });
    await tokens.closeSession("a");
    expect(await tokens.findSession("a", instant(1))).toBeUndefined();
    expect(await tokens.findSession("b", instant(99))).toEqual({ role: "viewer", token: null, expiresAt: 100 });
    expect(await tokens.findSession("b", instant(100))).toBeUndefined();
  });

  it("are forgotten when they are over, and only then", async () => {
    const { tokens } = open();
    await tokens.ensure({ name: "old", digest: "old", role: "viewer", now: instant(0), expiresAt: instant(10) });
    await tokens.ensure({ name: "new", digest: "new", role: "viewer", now: instant(0), expiresAt: undefined });
    await tokens.openSession({
      digest: "s",
      role: "viewer",
      token: undefined,
      now: instant(0),
      expiresAt: instant(10),
    });
    await tokens.addLogin({ digest: "l", role: "viewer", expiresAt: instant(10) });
    await tokens.prune(instant(10));
    expect(await tokens.find("new", instant(0))).toBeDefined();
    const database = new DatabaseSync(file);
    for (const [table, rows] of [
      ["tokens", 1],
      ["sessions", 0],
      ["logins", 0],
    ] as const)
      expect(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get(), table).toEqual({ rows });
    database.close();
  });
});

it("fixes a setting at its first value", async () => {
  const { settings } = open();
  expect(await settings.fix("currency", "USD")).toBe("USD");
  expect(await settings.fix("currency", "EUR")).toBe("USD");
  await settings.set("timezone", "UTC");
  await settings.set("timezone", "Europe/Oslo");
  expect(await settings.get("timezone")).toBe("Europe/Oslo");
  expect(await settings.get("nothing")).toBeUndefined();
});

describe("the audit", () => {
  it("has a line for each change of a key or token, newest first, and none of what changed nothing", async () => {
    const { keys, tokens, audit } = open();
    await keys.create(key("a"), change(1));
    await keys.revoke("key_a", change(2));
    await keys.revoke("key_a", change(3));
    await keys.revoke("key_none", change(4));
    const token = { name: "ci", role: "viewer", digest: "secret-digest", createdAt: instant(5), expiresAt: undefined };
    expect(await tokens.create(token, change(5))).toBe(true);
    expect(await tokens.create({ ...token, digest: "other" }, change(6))).toBe(false);
    expect(await tokens.end("ci", change(7))).toBe(true);
    expect(await tokens.end("ci", change(8))).toBe(false);
    const lines = await audit.list({ limit: 10, after: undefined, subject: undefined });
    expect(lines.map(({ at, action, subject }) => `${at} ${action} ${subject}`)).toEqual([
      "7 token-ended token ci",
      "5 token-created token ci",
      "2 key-revoked key key_a",
      "1 key-created key key_a",
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/digest/);
    const [ended] = await audit.list({ limit: 10, after: lines[0]?.id, subject: "token ci" });
    expect(ended).toMatchObject({
      action: "token-created",
      before: undefined,
      after: expect.stringContaining("viewer"),
    });
  });

  it("keeps a change and its line together: neither is written without the other", async () => {
    const { keys, audit } = open();
    const twice = change(1);
    await keys.create(key("a"), twice);
    await expect(keys.create(key("b"), twice)).rejects.toThrow("UNIQUE");
    expect(await keys.get("key_b")).toBeUndefined();
    expect(await audit.list({ limit: 10, after: undefined, subject: undefined })).toHaveLength(1);
  });
});

describe("a token that ends", () => {
  it("takes the sessions that were opened with it along", async () => {
    const { tokens } = open();
    const token = { name: "ci", role: "viewer", digest: "d", createdAt: instant(1), expiresAt: undefined };
    await tokens.create(token, change(1));
    const expiresAt = instant(100);
    await tokens.openSession({ digest: "s", role: "viewer", token: "ci", now: instant(1), expiresAt });
    await tokens.end("ci", change(2));
    expect(await tokens.find("d", instant(3))).toBeUndefined();
    expect(await tokens.findSession("s", instant(3))).toBeUndefined();
  });

  it("by its time gives its name free", async () => {
    const { tokens } = open();
    const token = { name: "ci", role: "viewer", digest: "d", createdAt: instant(1), expiresAt: instant(10) };
    await tokens.create(token, change(1));
    expect(await tokens.create({ ...token, digest: "e" }, change(9))).toBe(false);
    expect(await tokens.create({ ...token, digest: "e", expiresAt: undefined }, change(10))).toBe(true);
    expect((await tokens.list(instant(11), { limit: 10, after: undefined })).map(({ name }) => name)).toEqual(["ci"]);
  });
});
