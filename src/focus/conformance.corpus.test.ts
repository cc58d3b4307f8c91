import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cells, checkConformance, type RuleModel, type Table } from "./conformance.ts";
import { chargeOf, encodeRow, focusColumns, type FocusVersion, headOf } from "./index.ts";
import { readCsv } from "./read-csv.ts";
import { anyUse, period } from "./use.arbitrary.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/data/finops/focus/model");
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped: ${FOLDER} is not there`);

function read(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

/** What holds of a gateway's ledger, in the words of the rules' criteria. */
const supports = new Set([
  "PUBLIC_PRICE_LIST_SUPPORTED",
  "UNIT_PRICING_SUPPORTED",
  "USAGE_MEASUREMENT_SUPPORTED",
  "NEGOTIATED_PRICING_SUPPORTED",
  "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
  "COMMITMENT_DISCOUNT_SUPPORTED",
  "REGION_SUPPORTED",
]);
/** Where the rules say one thing in words and check another; each was read, and none is broken in its words. */
const except = {
  "ConsumedQuantity-C-006-C": "checks corrections, says all but them; C-007 lets those be null",
  "CommitmentDiscountStatus-C-003-C": "checks that it is not null, says that it must be",
  "CommitmentDiscountStatus-C-004-C": "checks rows without a commitment, says those with one",
  "CommitmentDiscountStatus-C-005-M":
    "allows Active, Expired and Pending, which are words of another column: it is Used or Unused",
};

function tableOf(version: FocusVersion, seed: number): Table {
  const columns = focusColumns(version);
  const uses = fc.sample(anyUse, { numRuns: 400, seed });
  return readCsv(headOf(columns) + uses.map((use) => encodeRow(columns, chargeOf(use, period))).join(""));
}

describe.skipIf(!isThere)("the official rules of FOCUS 1.2", () => {
  const model: RuleModel = isThere ? JSON.parse(read("focus_validator_model-1.2.json")) : { ModelRules: {} };

  it.each([1, 2, 3])("are all kept by our export (seed %i)", (seed) => {
    const { broken, advised, run } = checkConformance(model, tableOf("1.2", seed), { supports, except });
    expect(broken).toEqual([]);
    expect(advised).toEqual([]);
    // The others bind rules together, are about prices lists and invoices that are no part of a table, or do not apply.
    expect(run).toBeGreaterThan(200);
  });

  const faults: readonly (readonly [string, string, (row: Cells) => Cells])[] = [
    ["a cost that is not price times quantity", "ListUnitPrice-C-010-C", (row) => ({ ...row, ListCost: "1" })],
    ["usage without a SKU", "SkuId-C-005-C", (row) => ({ ...row, SkuId: null })],
    ["two SKUs of one price", "SkuPriceId-C-008-M", (row) => ({ ...row, SkuPriceId: "one" })],
    ["a category that is none", "ChargeCategory-C-003-M", (row) => ({ ...row, ChargeCategory: "Tokens" })],
    ["a local time", "ChargePeriodStart-C-002-M", (row) => ({ ...row, ChargePeriodStart: "2027-01-04 00:00" })],
    ["a currency of tokens", "BillingCurrency-C-006-M", (row) => ({ ...row, BillingCurrency: "TOK" })],
    ["a subcategory of another category", "ServiceSubcategory-C-004-M", (row) => ({ ...row, ServiceCategory: "Web" })],
  ];
  it.each(faults)("would find %s", (_, rule, spoil) => {
    const { columns, rows } = tableOf("1.2", 1);
    const { broken } = checkConformance(model, { columns, rows: rows.map(spoil) }, { supports, except });
    expect(broken.map((each) => each.rule)).toContain(rule);
  });

  it("would find a column that is missing", () => {
    const { columns, rows } = tableOf("1.2", 1);
    const table = { columns: columns.filter((name) => name !== "EffectiveCost"), rows };
    expect(checkConformance(model, table, { supports, except }).broken.map(({ rule }) => rule)).toContain(
      "CostAndUsage-D-031-M",
    );
  });
});

interface ColumnModel {
  readonly feature_level: string;
  readonly allows_nulls: boolean;
  readonly allowed_values: readonly string[] | null;
}

describe.skipIf(!isThere)("the column model of FOCUS 1.4", () => {
  it("has every column of ours, and every mandatory one of it stands in our export with values that it allows", () => {
    const model: { readonly datasets: Record<string, { readonly columns: Record<string, ColumnModel> }> } = JSON.parse(
      read("focus_1_4_model.json"),
    );
    const known = model.datasets["Cost and Usage"]?.columns ?? {};
    const { columns, rows } = tableOf("1.4", 1);
    expect(columns.filter((name) => !name.startsWith("x_") && known[name] === undefined)).toEqual([]);
    const mandatory = Object.entries(known).filter(([, { feature_level }]) => feature_level === "Mandatory");
    expect(mandatory.length).toBeGreaterThan(20);
    for (const [name, { allows_nulls }] of mandatory) {
      expect(columns, name).toContain(name);
      if (!allows_nulls)
        expect(
          rows.filter((row) => row[name] === null),
          name,
        ).toEqual([]);
    }
    for (const [name, { allowed_values }] of Object.entries(known)) {
      const values = new Set(rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined));
      for (const value of allowed_values === null ? [] : values) expect(allowed_values, name).toContain(value);
    }
  });
});
