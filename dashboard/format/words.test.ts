import { expect, it } from "vitest";
import { sayValue } from "./words.ts";

it.for([
  { dimension: "model", value: "gpt-5", says: "gpt-5" },
  { dimension: "model", value: "(none)", says: "no model: tools, reviews, bills" },
  { dimension: "feature", value: "(none)", says: "no feature" },
  { dimension: "team", value: "(none)", says: "no team" },
  { dimension: "tag.cost_center", value: "(none)", says: "no tag cost_center" },
  { dimension: "source", value: "(none)", says: "nobody outside: own work" },
  { dimension: "team", value: "(unallocated)", says: "not allocated" },
  { dimension: "target", value: "payroll/(none)", says: "payroll" },
  { dimension: "target", value: "(none)/(none)", says: "no target: tools, reviews, bills" },
])("$dimension $value is said as $says", ({ dimension, value, says }) => {
  expect(sayValue(dimension, value)).toBe(says);
});
