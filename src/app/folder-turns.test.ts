import { describe, expect, it } from "vitest";
import { FolderTurns } from "./folder-turns.ts";

describe("turns", () => {
  it("follow one another in the order in which they were asked for, also behind one that failed", async () => {
    const turns = new FolderTurns();
    const done: string[] = [];
    const slow = turns.take(async () => {
      await new Promise((next) => void setTimeout(next, 5));
      done.push("slow");
      throw new Error("it failed");
    });
    const quick = turns.take(async () => done.push("quick"));
    expect(turns.isFree).toBe(false);
    await expect(slow).rejects.toThrow("it failed");
    await quick;
    expect(done).toEqual(["slow", "quick"]);
    expect(turns.isFree).toBe(true);
  });
});
