/** An import as a control API tells of it that has just begun it, for tests of the command line. */
import { BillImport } from "#contract";

const counted = ["rows", "booked", "corrected", "unchanged", "taken_back", "missing", "measured", "set_aside"];

export const begunImport = BillImport.parse({
  id: "import_1",
  name: "january.csv",
  state: "receiving",
  received: 0,
  started_at: "2027-02-02T00:00:00Z",
  ...Object.fromEntries(counted.map((name) => [name, 0])),
  nanos: "0",
  currency: "USD",
  remainder: "0",
  problems: [],
});
