import { describe, expect, it } from "vitest";
import { instant } from "#units";
import { newBooks } from "./books-rig.ts";

const books = newBooks();

const all = { from: instant(0), to: instant(100) };
const hour = (from: number, text: string) => ({ from: instant(from), to: instant(from + 10), text });

describe("meters in the books", () => {
  it("go on where they were: an interval is replaced by what is known of it now, and others are added", async () => {
    await books().meters.note("a", { watches: new Map([["x", "1"]]), intervals: [hour(10, "one")] });
    await books().meters.note("a", { watches: new Map([["y", "2"]]), intervals: [hour(10, "more"), hour(20, "two")] });
    await books().meters.note("b", { watches: new Map([["x", "3"]]), intervals: [hour(10, "other")] });
    expect(await books().meters.watches("a")).toEqual(new Map([["y", "2"]]));
    expect(await books().meters.interval("a", instant(10))).toBe("more");
    expect((await books().meters.intervals("a", all)).map(({ from, measured }) => [from, measured])).toEqual([
      [10, "more"],
      [20, "two"],
    ]);
    const within = async (from: number, to: number) =>
      (await books().meters.intervals("a", { from: instant(from), to: instant(to) })).map((each) => each.from);
    expect([await within(11, 20), await within(20, 21), await within(30, 40)]).toEqual([[10], [20], []]);
  });

  it("say what was booked of each interval, also after more was measured in it", async () => {
    await books().meters.note("a", { watches: new Map(), intervals: [hour(10, "one"), hour(20, "two")] });
    await books().meters.markBooked("a", [{ from: instant(10), booked: "digest" }]);
    await books().meters.note("a", { watches: new Map(), intervals: [hour(10, "late")] });
    expect((await books().meters.intervals("a", { ...all, isUnbooked: true })).map(({ from }) => from)).toEqual([20]);
    expect((await books().meters.intervals("a", all))[0]).toMatchObject({ measured: "late", booked: "digest" });
  });

  it("let go of what was measured before a day", async () => {
    await books().meters.note("a", { watches: new Map(), intervals: [hour(10, "one"), hour(20, "two")] });
    await books().meters.note("b", { watches: new Map(), intervals: [hour(10, "other")] });
    await books().meters.retire("a", instant(20));
    expect((await books().meters.intervals("a", all)).map(({ from }) => from)).toEqual([20]);
    expect(await books().meters.intervals("b", all)).toHaveLength(1);
  });

  it("of other names are forgotten where they were, and not what they measured", async () => {
    for (const name of ["a", "b"])
      await books().meters.note(name, { watches: new Map([["x", "1"]]), intervals: [hour(10, "one")] });
    await books().meters.keepOnly(["b"]);
    expect([(await books().meters.watches("a")).size, (await books().meters.watches("b")).size]).toEqual([0, 1]);
    await books().meters.keepOnly([]);
    expect((await books().meters.watches("b")).size).toBe(0);
    expect(await books().meters.intervals("a", all)).toHaveLength(1);
  });
});
