import fc from "fast-check";
import { expect, it } from "vitest";
import { runsOf } from "../../simulation/runs-of.ts";
import { BillsRig } from "./bills-rig.ts";
import { formatDecimal, parseDecimal } from "./exact-decimal.ts";

const header = "BilledCost,BillingCurrency,ChargePeriodStart,BillingAccountId,ServiceName,ResourceId,Tags";

function csv(...rows: readonly string[]): string {
  return [header, ...rows, ""].join("\n");
}

it("an import books in the end what stands in the last file of each kind, whatever came before", async () => {
  const row = fc.record({
    account: fc.constantFrom("a", "b"),
    resource: fc.constantFrom("r", "s"),
    amount: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map((digits) => formatDecimal({ digits, scale: 11 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (files) => {
      const fresh = await BillsRig.open();
      const standing = new Map<string, string[]>();
      for (const rows of files) {
        const file = csv(...rows.map((each) => `${each.amount},USD,2027-01-01,${each.account},S,${each.resource},`));
        await fresh.import(file, { whole: true });
        for (const account of new Set(rows.map((each) => each.account)))
          standing.set(
            account,
            rows.filter((each) => each.account === account).map(({ amount }) => amount),
          );
        const sum = [...standing.values()].flat().reduce((total, text) => {
          const { digits, scale } = parseDecimal(text) ?? { digits: 0n, scale: 0 };
          return total + digits * 10n ** BigInt(11 - scale);
        }, 0n);
        expect(await fresh.exactSum()).toBe(formatDecimal({ digits: sum, scale: 11 }));
      }
      await fresh.close();
    }),
    { numRuns: runsOf(12) },
  );
}, 60_000);
