import { expect, it } from "vitest";
import { hashText } from "#std";

it("is FNV-1a of 32 bits, as its authors' test vectors have it, so that ledgers of other versions agree", () => {
  const said = ["", "a", "b", "foobar"].map((text) => (hashText(text) >>> 0).toString(16));
  expect(said).toEqual(["811c9dc5", "e40c292c", "e70c2de5", "bf9cf968"]);
});
