import { expect, it } from "vitest";
import { BillsRig } from "../bills/bills-rig.ts";
import { demoBill } from "./demo-bill.ts";

it("is booked to its last digit but for one row, which is named with what is wrong", async () => {
  const rig = await BillsRig.open();
  const { name, text } = demoBill("2026-12");
  const report = await rig.import(text, { name });
  expect(report).toMatchObject({ name: "cloud-co-2026-12.csv", state: "done", booked: 3, set_aside: 1 });
  expect(report.problems).toMatchObject([{ line: 5, column: "BilledCost" }]);
  expect([report.nanos, report.remainder]).toEqual(["29525000012", "0.0000000005"]);
  await rig.close();
});
