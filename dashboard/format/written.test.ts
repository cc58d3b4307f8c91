import { describe, expect, it } from "vitest";
import { readAmount, readTime } from "./written.ts";

describe("what is written into a field", () => {
  it("is an amount to the last digit, with or without its sign", () => {
    const amounts = ["0.05", "$1,200", "12", "0.000000001", "0", " 3.50 "].map(readAmount);
    expect(amounts).toEqual(["50000000", "1200000000000", "12000000000", "1", "0", "3500000000"]);
    for (const text of ["", "5 EUR", "-1", "1.0000000001", "1e3", ".5"]) expect(readAmount(text)).toBeUndefined();
  });

  it("is a time in seconds unless it says otherwise", () => {
    const times = ["2", "1.5 s", "300 ms", "2min", "1 h", "1.25 d", "0"].map(readTime);
    expect(times).toEqual(["2000", "1500", "300", "120000", "3600000", "108000000", "0"]);
    for (const text of ["", "soon", "-1", "2 weeks", "1.2345"]) expect(readTime(text)).toBeUndefined();
  });
});
