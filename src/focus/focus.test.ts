import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StepKind, usageClasses } from "#inference";
import { formatMoney, money } from "#units";
import { type Charge, chargeOf, encodeRow, focusColumns, focusVersions, headOf } from "./index.ts";
import { anyUse, period } from "./use.arbitrary.ts";
import { readCsv } from "./read-csv.ts";

const version = fc.constantFrom(...focusVersions);

function exported(charges: readonly Charge[], of: (typeof focusVersions)[number]): string {
  const columns = focusColumns(of);
  return headOf(columns) + charges.map((charge) => encodeRow(columns, charge)).join("");
}

function nanosOf(text: string | null | undefined): bigint {
  const [whole = "", fraction = ""] = (text ?? "0").replace("-", "").split(".");
  const size = BigInt(whole + fraction.padEnd(24, "0"));
  return (text ?? "").startsWith("-") ? -size : size;
}

function names(of: (typeof focusVersions)[number]): readonly string[] {
  return focusColumns(of).map(({ name }) => name);
}

describe("a FOCUS row", () => {
  it("has a list price that times its quantity is its cost exactly, and what rounding left beside it", () => {
    fc.assert(
      fc.property(fc.array(anyUse, { minLength: 1 }), version, (uses, of) => {
        const { rows } = readCsv(
          exported(
            uses.map((use) => chargeOf(use, period)),
            of,
          ),
        );
        expect(rows.length).toBe(uses.length);
        for (const [index, row] of rows.entries()) {
          const use = uses[index];
          expect(row["x_LedgerCost"]).toBe(formatMoney(use?.nanos ?? money(0n)));
          expect(nanosOf(row["x_LedgerCost"])).toBe(nanosOf(row["BilledCost"]) + nanosOf(row["x_RoundingCost"]));
          expect(row["ListCost"]).toBe(row["BilledCost"]);
          if (use?.metered === undefined) continue;
          expect(row["ConsumedQuantity"]).toBe(use.metered.quantity.toString());
          expect(row["ListUnitPrice"]).toBe(use.metered.rate);
        }
      }),
    );
  });

  it("has one parent SKU for each SKU price, and equal details for equal prices", () => {
    fc.assert(
      fc.property(fc.array(anyUse, { minLength: 2, maxLength: 40 }), (uses) => {
        const { rows } = readCsv(
          exported(
            uses.map((use) => chargeOf(use, period)),
            "1.5-draft",
          ),
        );
        for (const group of Map.groupBy(rows, (row) => row["SkuPriceId"]).values()) {
          expect(new Set(group.map((row) => row["SkuId"])).size).toBe(1);
          expect(new Set(group.map((row) => row["SkuPriceDetails"])).size).toBe(1);
        }
      }),
    );
  });

  it("tells every usage class by its own SKU", () => {
    const [use] = fc.sample(anyUse, { numRuns: 1, seed: 7 });
    const skus = usageClasses.map((name) => {
      const metered = { class: name, quantity: 1n, rate: "1", row: "own:x" };
      return chargeOf({ ...use, model: "m", metered } as never, period).price?.skuId;
    });
    expect(new Set(skus).size).toBe(usageClasses.length);
  });

  it("carries what clients said whole, quoted where it must be, and never as a formula", () => {
    const said = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyUse, said, (use, feature) => {
        const { rows } = readCsv(exported([chargeOf({ ...use, feature }, period)], "1.4"));
        const cell = rows[0]?.["x_Feature"] ?? "";
        expect(cell).toBe(/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(feature) ? `'${feature}` : feature);
      }),
    );
  });

  it("marks what was booked in a later month as a correction, and prices nothing else differently for it", () => {
    const [use] = fc.sample(anyUse, { numRuns: 1, seed: 3 });
    const kind: StepKind = "model";
    const late = chargeOf({ ...use, kind, isLate: true } as never, period);
    expect(late.isCorrection).toBe(true);
    expect({ ...late, isCorrection: false }).toEqual(chargeOf({ ...use, kind, isLate: false } as never, period));
  });

  it("names the parties by the columns of its version", () => {
    expect(names("1.2")).toContain("ProviderName");
    expect(names("1.4")).toContain("ServiceProviderName");
    expect(names("1.4")).not.toContain("PublisherName");
    expect(names("1.4")).not.toContain("PrincipalId");
    expect(names("1.5-draft")).toContain("PrincipalId");
    for (const of of focusVersions) expect(names(of).length).toBe(new Set(names(of)).size);
  });
});
