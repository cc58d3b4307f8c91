import fc from "fast-check";
import { expect, it } from "vitest";
import type { MoneyFlow } from "#contract";
import { layOutFlow, OTHERS, stages } from "./flow-layout.ts";

type Link = MoneyFlow["links"][number];
const size = { width: 900, height: 400, barWidth: 10, nameHeight: 16 };

const anyName = fc.integer({ min: 0, max: 14 }).map((index) => `n${index}`);
const anyLinks: fc.Arbitrary<Link[]> = fc.array(
  fc
    .tuple(fc.constantFrom(0, 1, 2), anyName, anyName, fc.bigInt({ min: -100n, max: 10n ** 13n }))
    .map(([at, from, to, nanos]) => ({
      from: { stage: stages[at] ?? "source", name: from },
      to: { stage: stages[at + 1] ?? "layer", name: to },
      nanos: nanos.toString(),
    })),
  { maxLength: 60 },
);

it("draws every positive amount once, and keeps bars apart and within the picture", () => {
  fc.assert(
    fc.property(anyLinks, (links) => {
      const { bars, ribbons } = layOutFlow(links, size);
      for (const stage of stages) {
        const drawn = ribbons.filter(({ from }) => from.stage === stage).reduce((sum, { nanos }) => sum + nanos, 0n);
        const told = links.filter(({ from }) => from.stage === stage).map(({ nanos }) => BigInt(nanos));
        expect(drawn).toBe(told.reduce((sum, nanos) => (nanos > 0n ? sum + nanos : sum), 0n));
        const own = bars.filter((bar) => bar.stage === stage).toSorted((one, other) => one.y - other.y);
        expect(own.length).toBeLessThanOrEqual(9);
        for (const [index, bar] of own.entries()) {
          const next = own[index + 1];
          if (next !== undefined) expect(bar.y + bar.height).toBeLessThan(next.y);
        }
      }
    }),
  );
});

it("draws the smallest of many as others, last", () => {
  const links = Array.from({ length: 12 }, (_, index): Link => ({
    from: { stage: "source", name: `s${index}` },
    to: { stage: "layer", name: "tools" },
    nanos: `${(12 - index) * 1_000_000_000}`,
  }));
  const sources = layOutFlow(links, size).bars.filter(({ stage }) => stage === "source");
  expect(sources.map(({ name }) => name)).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", OTHERS]);
  expect(sources.at(-1)?.nanos).toBe(10_000_000_000n);
});
