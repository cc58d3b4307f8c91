/** Section `commitments` of tare.yaml. */
import { z } from "zod";
import { MoneyText } from "#units";

const Name = z.string().min(1).max(128);
const Day = z.iso.date("write a day: 2027-01-31");

const CommitmentSection = z
  .strictObject({
    name: Name.describe("What it is called on pages; one of a kind."),
    provider: Name.describe("The configured provider whose calls draw on it."),
    models: z
      .array(z.string().min(1).max(256))
      .min(1)
      .max(1000)
      .optional()
      .describe("Models that draw on it, as their answers name them, a date behind the name aside; all without it."),
    kind: z
      .enum(["prepaid", "committed"])
      .default("prepaid")
      .describe(
        "`prepaid`: paid ahead. `committed`: promised; what is not used of it by the end is owed all the same.",
      ),
    amount: MoneyText.describe("The whole of it: `10000 USD`."),
    from: Day.describe("First day in UTC: `2027-01-01`."),
    to: Day.describe("Last day, included."),
  })
  .refine(({ from, to }) => to >= from, { path: ["to"], error: "is before `from`" });

export const CommitmentsSection = z
  .array(CommitmentSection)
  .max(1000)
  .superRefine((commitments, context) => {
    for (const [index, { name }] of commitments.entries())
      if (commitments.findIndex((each) => each.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: "a second commitment of this name" });
  });
export type Commitment = z.infer<typeof CommitmentSection>;
