import { expect, it } from "vitest";
import { toCsv } from "./csv.ts";

it("quotes what needs it", () => {
  expect(
    toCsv([
      ["a,b", 'say "hi"', "plain"],
      ["1.5", "-2", "two\nlines"],
    ]),
  ).toBe('"a,b","say ""hi""",plain\r\n1.5,-2,"two\nlines"');
});

it("does not let a name that somebody chose run as a formula", () => {
  expect(toCsv([["=HYPERLINK(1)", "+1+1", "@SUM", "-x"]])).toBe("'=HYPERLINK(1),'+1+1,'@SUM,'-x");
});
