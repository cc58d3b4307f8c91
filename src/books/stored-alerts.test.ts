import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Books, type StoredAlert } from "#books";
import { instant } from "#units";
import { realWorld } from "#world";

let folder: string;
let books: Books;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tare-alerts-"));
  books = open();
});

afterEach(async () => {
  await books.close();
  rmSync(folder, { recursive: true });
});

function open(): Books {
  const opened = Books.open(path.join(folder, "books.sqlite"), realWorld());
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

function alert(name: string, more: Partial<StoredAlert> = {}): StoredAlert {
  return {
    id: `alert_${name}`,
    once: name,
    kind: "budget_threshold",
    at: instant(1),
    facts: "{}",
    state: "waiting",
    attempts: 0,
    nextAt: instant(1),
    problem: undefined,
    sentAt: undefined,
    ...more,
  };
}

describe("alerts", () => {
  it("are raised once for what they are about, also after the books were opened again", async () => {
    expect(await books.alerts.raise(alert("a"))).toBe(true);
    expect(await books.alerts.raise(alert("b", { once: "a" }))).toBe(false);
    await books.alerts.noteSent("alert_a", instant(5));
    await books.close();
    books = open();
    expect(await books.alerts.raise(alert("c", { once: "a" }))).toBe(false);
    expect(await books.alerts.list({ limit: 9, after: undefined, state: undefined })).toEqual([
      alert("a", { state: "sent", attempts: 1, nextAt: undefined, sentAt: instant(5) }),
    ]);
  });

  it("are due in the order of their next try, and not before it", async () => {
    await books.alerts.raise(alert("late", { nextAt: instant(30) }));
    await books.alerts.raise(alert("soon", { nextAt: instant(20) }));
    await books.alerts.raise(alert("nobody", { state: "noted", nextAt: undefined }));
    expect(await books.alerts.nextDue(instant(19))).toBeUndefined();
    expect((await books.alerts.nextDue(instant(40)))?.id).toBe("alert_soon");
    await books.alerts.noteFailure("alert_soon", { problem: "status 500", nextAt: instant(50) });
    expect((await books.alerts.nextDue(instant(40)))?.id).toBe("alert_late");
  });

  it("that were given up on wait for somebody to send them again, with all tries", async () => {
    await books.alerts.raise(alert("a"));
    await books.alerts.noteFailure("alert_a", { problem: "status 500", nextAt: instant(2) });
    await books.alerts.noteFailure("alert_a", { problem: "status 410", nextAt: undefined });
    expect(await books.alerts.get("alert_a")).toMatchObject({ state: "failed", attempts: 2, problem: "status 410" });
    expect(await books.alerts.nextDue(instant(1_000_000))).toBeUndefined();
    expect(await books.alerts.counts()).toEqual({ noted: 0, waiting: 0, sent: 0, failed: 1 });
    expect(await books.alerts.resend("alert_a", instant(9))).toMatchObject({ state: "waiting", attempts: 0 });
    expect((await books.alerts.nextDue(instant(9)))?.id).toBe("alert_a");
    expect(await books.alerts.resend("alert_b", instant(9))).toBeUndefined();
  });

  it("are listed newest first, by state, in pages", async () => {
    for (const name of ["1", "2", "3", "4"]) await books.alerts.raise(alert(name));
    await books.alerts.noteSent("alert_3", instant(2));
    const page = (after: StoredAlert["id"] | undefined, state?: StoredAlert["state"]) =>
      books.alerts.list({ limit: 2, after, state }).then((rows) => rows.map(({ id }) => id));
    expect(await page(undefined)).toEqual(["alert_4", "alert_3"]);
    expect(await page("alert_3")).toEqual(["alert_2", "alert_1"]);
    expect(await page(undefined, "waiting")).toEqual(["alert_4", "alert_2"]);
  });

  it("are forgotten when they are old, unless somebody waits for them", async () => {
    await books.alerts.raise(alert("a"));
    await books.alerts.raise(alert("b", { state: "noted", nextAt: undefined }));
    await books.alerts.prune(instant(2));
    expect((await books.alerts.list({ limit: 9, after: undefined, state: undefined })).map(({ id }) => id)).toEqual([
      "alert_a",
    ]);
  });
});
