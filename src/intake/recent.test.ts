import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recent } from "./recent.ts";

const MOST = 5;

const anyUse = fc.record({ what: fc.constantFrom("set", "get", "delete", "drop"), name: fc.nat(9).map(String) });

/** Of CPU time, for putting in so many beside `most`. */
function millisecondsOf(most: number): number {
  const recent = new Recent<number>(most);
  for (let index = 0; index < most; index += 1) recent.set(`${index}`, index);
  const before = process.cpuUsage();
  for (let index = 0; index < 20_000; index += 1) recent.set(`${most + index}`, index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("recent values", () => {
  it("are those that were put in or looked at last, whatever was done before", () => {
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 200 }), (uses) => {
        const recent = new Recent<number>(MOST);
        /** The oldest first. */
        let model: (readonly [name: string, value: number])[] = [];
        for (const [index, { what, name }] of uses.entries()) {
          const known = model.find(([each]) => each === name);
          if (what === "drop") {
            expect(recent.dropOldest()).toBe(model.shift()?.[1]);
            continue;
          }
          if (what === "set") recent.set(name, index);
          else if (what === "delete") recent.delete(name);
          else expect(recent.get(name)).toBe(known?.[1]);
          model = model.filter(([each]) => each !== name);
          if (what === "set") model.push([name, index]);
          else if (what === "get" && known !== undefined) model.push(known);
          model = model.slice(-MOST);
        }
        for (const [name, value] of model) expect(recent.peek(name)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it("are dropped in no more time when there are many", () => {
    // With an iterator made anew for each it was 800 ms in place of some 20.
    expect(millisecondsOf(200_000)).toBeLessThan(400);
  });
});
