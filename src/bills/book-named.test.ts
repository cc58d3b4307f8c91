import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bill } from "#events";
import { assert } from "#std";
import { instant, money } from "#units";
import { BillMemory } from "./bill-memory.ts";
import { BillsSection } from "./bills-config.ts";
import { BillsRig, plainRules } from "./bills-rig.ts";
import { bookNamed, bookRecurring } from "./book-recurring.ts";
import { recurringBills } from "./recurring-bills.ts";

const now = instant(Date.UTC(2027, 0, 31));

/** What a meter makes: bills of its own source. */
function bill(digit: string, nanos: bigint): Bill {
  const [made] = recurringBills(
    { ...plainRules, bills: BillsSection.parse({ recurring: [{ name: "gpus", ...anyLayer }] }) },
    now,
  ).bills;
  assert(made !== undefined, "one month has begun");
  const content = nanos.toString().padStart(32, "0");
  const id = `bill_${"a".repeat(12)}_${digit.repeat(32)}.1` as const;
  return { ...made, bill: id, content, source: "meter", nanos: money(nanos) };
}

const anyLayer = { layer: "GPUs and serving", amount: "1 USD", from: "2027-01" };

describe("booking bills by name", () => {
  let rig: BillsRig;
  beforeEach(async () => {
    rig = await BillsRig.open();
  });
  afterEach(() => rig.close());

  async function book(bills: readonly Bill[], named: readonly Bill[]): Promise<number> {
    const memory = new BillMemory(rig.store);
    const names = named.map((each) => each.bill);
    const booked = await bookNamed(bills, { named: names, memory, journal: rig.journal, now });
    assert(booked.ok, "the journal takes them");
    await rig.ledger.catchUp();
    return booked.value;
  }

  it("books each once, corrects those that differ, takes back the named that are not made, and no others", async () => {
    const [one, two] = [bill("1", 5n), bill("2", 7n)];
    expect(await book([one, two], [one, two])).toBe(2);
    expect(await book([one, two], [one, two])).toBe(0);
    expect(await book([bill("1", 6n)], [one])).toBe(1);
    expect(await rig.exactSum()).toBe("0.000000013");
    expect(await book([], [two])).toBe(1);
    expect(await rig.exactSum()).toBe("0.000000006");
    expect(await book([], [two])).toBe(0);
  });

  it("of a meter is not touched by what the configuration makes or no longer makes", async () => {
    await book([bill("1", 5n)], [bill("1", 5n)]);
    const booked = await bookRecurring([], { memory: new BillMemory(rig.store), journal: rig.journal, now });
    expect(booked).toEqual({ ok: true, value: 0 });
  });
});
