import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverage, readRevenue, revenueWithin } from "#economics";
import { instant } from "#units";

const head = "customer,from,to,amount,currency";
const read = (...lines: readonly string[]) => readRevenue([head, ...lines].join("\n"), { currency: "USD" });
const at = (text: string) => instant(Date.parse(text));

describe("a table of revenue", () => {
  it("is read with quotes, a byte order mark, Windows line ends, and columns in any order", () => {
    const text =
      '\uFEFFcurrency,amount,to,from,customer,reference\r\nUSD,1200.50,2026-12-01,2026-11-01,"Acme, ""Ltd""",A-1\r\n\r\n';
    expect(readRevenue(text, { currency: "USD" })).toEqual({
      ok: true,
      value: [
        {
          line: 2,
          customer: 'Acme, "Ltd"',
          from: at("2026-11-01T00:00:00Z"),
          to: at("2026-12-01T00:00:00Z"),
          nanos: 1_200_500_000_000n,
          reference: "A-1",
        },
      ],
    });
  });

  it("may hold nothing, which takes everything back, credits, and instants with an offset", () => {
    expect(read()).toEqual({ ok: true, value: [] });
    const credit = read("acme,2026-11-01T00:00:00+01:00,2026-11-02T00:00:00+01:00,-3,USD");
    expect(credit.ok && credit.value[0]).toMatchObject({ nanos: -3_000_000_000n, from: at("2026-10-31T23:00:00Z") });
  });

  it.each([
    [",2026-11-01,2026-12-01,1,USD", "customer: write 1 to 128 bytes"],
    ["acme,2026-11-31,2026-12-01,1,USD", "from, to: write days"],
    ["acme,1.11.2026,2026-12-01,1,USD", "from, to: write days"],
    ["acme,2026-12-01,2026-12-01,1,USD", "to: must be after from"],
    ["acme,2000-01-01,2026-12-01,1,USD", "to: a period is at most ten years"],
    ['acme,2026-11-01,2026-12-01,"1,000",USD', "amount: write a plain decimal"],
    ["acme,2026-11-01,2026-12-01,1e3,USD", "amount: write a plain decimal"],
    ["acme,2026-11-01,2026-12-01,1,EUR", "currency: only USD"],
    ["acme,2026-11-01,2026-12-01,1", "Has 4 cells in place of 5"],
    ['acme,2026-11-01,2026-12-01,1,US"D', "A quote stands where none may"],
    ['"acme,2026-11-01,2026-12-01,1,USD', "A quote stands where none may"],
  ])("refuses %s", (line, says) => {
    const problems = read("globex,2026-11-01,2026-12-01,1,USD", line);
    expect(problems).toMatchObject({ ok: false, error: [{ line: 3, detail: expect.stringContaining(says) }] });
  });

  it("refuses a line that says what another said, and columns that nobody knows or that are missing", () => {
    const line = "acme,2026-11-01,2026-12-01,1,USD";
    expect(read(line, line)).toMatchObject({
      ok: false,
      error: [{ line: 3, detail: expect.stringContaining("line 2") }],
    });
    expect(readRevenue(`${head},plan\n`, { currency: "USD" })).toMatchObject({ ok: false, error: [{ line: 1 }] });
    expect(readRevenue("customer,amount\n", { currency: "USD" })).toMatchObject({
      ok: false,
      error: [{ line: 1, detail: "The first line must name the columns; from, to, currency are missing." }],
    });
    expect(readRevenue("", { currency: "USD" })).toMatchObject({ ok: false, error: [{ line: 1 }] });
  });

  it("never throws, whatever its bytes are", () => {
    fc.assert(fc.property(fc.string(), (text) => void readRevenue(`${head}\n${text}`, { currency: "USD" })));
  });
});

const day = 86_400_000;
const period = { from: instant(0), to: instant(30 * day), nanos: 30_000_000_000n };

describe("revenue of a range", () => {
  it("is the part of the period that is in it, evenly by time", () => {
    expect(revenueWithin(period, { from: instant(-day), to: instant(day) })).toBe(1_000_000_000n);
    expect(revenueWithin(period, { from: instant(40 * day), to: instant(50 * day) })).toBe(0n);
    expect(revenueWithin({ ...period, nanos: -30n }, { from: instant(0), to: instant(10 * day) })).toBe(-10n);
  });

  it("adds up to the whole, to the nano, however the time is cut", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 30 * day - 1 }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, fc.bigInt(-(10n ** 15n), 10n ** 15n), (inner, nanos) => {
        const bounds = [0, ...inner.toSorted((one, other) => one - other), 30 * day];
        const parts = bounds
          .slice(1)
          .map((to, index) =>
            revenueWithin({ ...period, nanos }, { from: instant(bounds[index] ?? 0), to: instant(to) }),
          );
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(nanos);
      }),
    );
  });

  it("says how much of it is covered, and counts what two periods cover once", () => {
    const range = { from: instant(0), to: instant(10 * day) };
    const span = (from: number, to: number) => ({ from: instant(from * day), to: instant(to * day) });
    expect(coverage([], range)).toBe(0);
    expect(coverage([span(4, 8), span(-3, 2), span(5, 6)], range)).toBe(0.6);
    expect(coverage([span(-1, 11), span(0, 10)], range)).toBe(1);
  });
});
