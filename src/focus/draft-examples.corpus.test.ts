import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type UsageClass } from "#inference";
import { assert } from "#std";
import { money } from "#units";
import { type Charge, type Meter } from "./charge.ts";
import { type Cells } from "./conformance.ts";
import { exact } from "./exact.ts";
import { chargeOf, encodeRow, focusColumns, headOf, type MeteredUse } from "./index.ts";
import { meterOf } from "./meters.ts";
import { type FocusNames, plainNames, type ProviderNames } from "./names.ts";
import { readCsv } from "./read-csv.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/data/finops/focus/ai_draft_1_5");
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`skipped: ${FOLDER} is not there`);

const columns = focusColumns("1.5-draft");

/** Every column of the example, numbers by value and details by member; what we have besides is null, or ours. */
function expectRow(charge: Charge, example: Cells): void {
  const { rows } = readCsv(headOf(columns) + encodeRow(columns, charge));
  const [row = {}] = rows;
  for (const [name, wanted] of Object.entries(example)) {
    const kind = columns.find((column) => column.name === name)?.kind;
    assert(kind !== undefined, `${name} is a column of ours`);
    const told = row[name] ?? null;
    if (kind === "decimal" && wanted !== null) expect(Number(told), name).toBe(Number(wanted));
    else if (kind === "json" && wanted !== null) expect(JSON.parse(told ?? ""), name).toEqual(JSON.parse(wanted));
    else expect(told, name).toBe(wanted);
  }
  const more = Object.entries(row).filter(([name, cell]) => example[name] === undefined && cell !== null);
  expect(more.map(([name]) => name).filter((name) => !name.startsWith("x_") && name !== "PrincipalId")).toEqual([]);
}

function examples(name: string): readonly Cells[] {
  return readCsv(readFileSync(join(FOLDER, `${name}.csv`), "utf8")).rows;
}

interface Story {
  readonly vendor: ProviderNames;
  readonly names?: Partial<FocusNames>;
  readonly called: (id: string) => { readonly called: string; readonly family: string; readonly version: string };
  readonly key?: string;
}

type Measured = readonly [model: string, name: UsageClass, quantity: bigint, rate: string];

function chargesOf(story: Story, month: readonly [string, string], measured: readonly Measured[]): readonly Charge[] {
  const names: FocusNames = {
    ...plainNames,
    account: () => ({ id: "acct-1001", name: "Acme Corp" }),
    provider: () => story.vendor,
    model: story.called,
    ...story.names,
  };
  const [from, to] = month;
  return measured.map(([model, name, quantity, rate]) => {
    const use: MeteredUse = {
      ...plain,
      model,
      key: story.key ?? "(none)",
      metered: { class: name, quantity, rate, row: "own:x" },
    };
    return chargeOf(use, { from, to, currency: "USD" }, names);
  });
}

const plain: MeteredUse = {
  provider: "solora",
  sku: "solora/model",
  model: "",
  tier: undefined,
  kind: "model",
  step: undefined,
  operation: "chat",
  purpose: "answer",
  layer: "model answers",
  region: undefined,
  feature: "(none)",
  team: "(none)",
  customer: "(none)",
  environment: "(none)",
  key: "(none)",
  isLate: false,
  isEstimated: false,
  metered: undefined,
  nanos: money(0n),
  entries: 1,
};

const solora: ProviderNames = {
  developer: "Solora AI",
  provider: "Solora AI",
  host: "Solora AI",
  invoiceIssuer: "Solora AI",
  service: "Solora Generative AI API",
  isDeveloper: true,
};
const lattice = { ...solora, provider: "LatticeScale", host: "LatticeScale", invoiceIssuer: "LatticeScale" };
const pro = () => ({ called: "Solora Reasoning Pro", family: "Solora Reasoning", version: "3.0" });
const january = ["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"] as const;
const may = ["2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z"] as const;

/** Meters of a provider that tells them apart less than ours. */
function meters(own: Partial<Record<UsageClass, Meter>>): Pick<FocusNames, "meter"> {
  return { meter: (name) => own[name] ?? meterOf(name) };
}

describe.skipIf(!isThere)("the examples of the FOCUS 1.5 draft come out of our export again, row for row:", () => {
  it("model identity", () => {
    const story = {
      vendor: solora,
      called: pro,
      names: meters({
        input_uncached: { suffix: "input", name: "Input Tokens", unit: "Tokens" },
        output_text: { suffix: "output", name: "Output Tokens", unit: "Tokens" },
      }),
    };
    const charges = chargesOf(story, january, [
      ["solora-reasoning-pro", "input_uncached", 5_000_000n, "3"],
      ["solora-reasoning-pro", "output_text", 1_500_000n, "15"],
    ]);
    expectAll(charges, examples("ai_model_identity_a"));
  });

  it("prompt caching that charges for writing", () => {
    const charges = chargesOf({ vendor: solora, called: pro }, january, [
      ["solora-reasoning-pro", "input_uncached", 500_000n, "3"],
      ["solora-reasoning-pro", "cache_write_5m", 2_000_000n, "3.75"],
      ["solora-reasoning-pro", "cache_read", 8_000_000n, "0.3"],
      ["solora-reasoning-pro", "output_text", 1_500_000n, "15"],
    ]);
    expectAll(charges, examples("ai_prompt_caching_a"));
  });

  it("prompt caching that charges for storage", () => {
    const story = {
      vendor: { ...lattice, service: "LatticeScale Model Service" },
      called: () => ({ ...pro(), called: "Solora Reasoning Pro served via LatticeScale" }),
      names: meters({
        input_uncached: { suffix: "input", name: "Input Tokens", unit: "Tokens", direction: "Input" },
        cache_read: {
          suffix: "cached-input",
          name: "Cached Input Tokens",
          unit: "Tokens",
          direction: "Input",
          cache: "Read",
        },
        // The ledger measures storage in kilobyte-days; token-hours are this provider's own meter.
        kb_days: { suffix: "context-cache-storage", name: "Context Cache Storage", unit: "Token-Hours" },
      }),
    };
    const model = "latticescale.solora-reasoning-pro";
    const charges = chargesOf(story, january, [
      [model, "input_uncached", 2_500_000n, "3"],
      [model, "cache_read", 8_000_000n, "0.3"],
      [model, "output_text", 1_500_000n, "15"],
      [model, "kb_days", 6_000_000n, "1"],
    ]);
    expectAll(charges, examples("ai_prompt_caching_b"));
  });

  it("several models on the invoice of a cloud", () => {
    const story = {
      vendor: lattice,
      key: "invoiceprocessing@acmecorp.example",
      called: (id: string) => {
        const name = id.replace("solora-atlas-5.6-", "");
        const called = `Solora Atlas 5.6 ${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        return { called, family: "Solora Atlas", version: "5.6" };
      },
    };
    const charges = chargesOf(story, may, [
      ["solora-atlas-5.6-jupiter", "input_uncached", 100_000_000n, "5"],
      ["solora-atlas-5.6-jupiter", "output_text", 50_000_000n, "30"],
      ["solora-atlas-5.6-mars", "input_uncached", 5_000_000n, "2.5"],
      ["solora-atlas-5.6-mars", "output_text", 1_500_000n, "15"],
      ["solora-atlas-5.6-venus", "input_uncached", 750_000n, "1"],
      ["solora-atlas-5.6-venus", "output_text", 250_000n, "6"],
      ["solora-atlas-5.6-venus", "cache_read", 100_000n, "0.1"],
      ["solora-atlas-5.6-venus", "cache_write_5m", 80_000n, "1.25"],
    ]);
    expectAll(charges, examples("multi_model_invoice_via_csp_marketplace"));
  });

  it("a prepayment, and what is drawn from it", () => {
    const story = {
      vendor: solora,
      key: "supply-svc-acct",
      called: () => ({ called: "Solora Saturn", family: "Solora Saturn", version: "5.0" }),
    };
    const commitment = {
      id: "subscription:aaaa/provider/solora-ai/tokens/1111",
      name: "Commitment",
      type: "Token Spend Commitment",
      unit: "USD",
    };
    const drawn = chargesOf(story, may, [
      ["solora-saturn-5.0", "input_uncached", 5_000_000n, "4"],
      ["solora-saturn-5.0", "output_text", 1_500_000n, "20"],
    ]).map((charge, index): Charge => {
      assert(charge.price !== undefined, "tokens have a price");
      const price = { ...charge.price, category: "Committed" as const, list: exact(index === 0 ? 5n : 25n, 0) };
      const doing = index === 0 ? "Input tokens consumed by" : "Output tokens generated by";
      return { ...charge, price, commitment, description: `${doing} Solora Saturn` };
    });
    const [first] = drawn;
    assert(first?.price !== undefined, "two rows are drawn");
    const bought: Charge = {
      ...first,
      to: "2026-05-01T00:00:00Z",
      category: "Purchase",
      frequency: "One-Time",
      description: "1 year Commitment Purchase",
      consumed: undefined,
      principal: undefined,
      price: {
        ...first.price,
        skuId: "TOKEN-COMMITMENT-PURCHASE",
        skuPriceId: "TOKEN-COMMITMENT-PURCHASE-UPFRONT",
        meter: "Token Commitment",
        model: undefined,
        category: "Standard",
        unit: "USD",
        quantity: exact(500_000n, 0),
        list: exact(1n, 0),
        contracted: exact(1n, 0),
      },
    };
    expectAll([bought, ...drawn], examples("drawdown_via_prepayment_foundation_model_api"));
  });
});

function expectAll(charges: readonly Charge[], rows: readonly Cells[]): void {
  expect(charges.length).toBe(rows.length);
  for (const [index, row] of rows.entries()) {
    const charge = charges[index];
    assert(charge !== undefined, "there is a charge for each row");
    expectRow(charge, row);
  }
}
