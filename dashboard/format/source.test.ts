import { expect, it } from "vitest";
import { sourceParts } from "./source.ts";

it.each([
  ["contract 17", [{ text: "contract 17" }]],
  [
    "half of standard: https://example.com/docs/pricing: batch halves every rate",
    [
      { text: "half of standard: " },
      { text: "example.com", href: "https://example.com/docs/pricing" },
      { text: ": batch halves every rate" },
    ],
  ],
  [
    "prices 0.1.8, https://a.example/pricing#api, https://b.example/x.",
    [
      { text: "prices 0.1.8, " },
      { text: "a.example", href: "https://a.example/pricing#api" },
      { text: ", " },
      { text: "b.example", href: "https://b.example/x" },
      { text: "." },
    ],
  ],
  ["see https://] for more", [{ text: "see https://] for more" }]],
  ["javascript:alert(1) http://plain.example", [{ text: "javascript:alert(1) http://plain.example" }]],
])("shows %j as its words and the sites of its addresses", (source, parts) => {
  expect(sourceParts(source)).toEqual(parts);
});
