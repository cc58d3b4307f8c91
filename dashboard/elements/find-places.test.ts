import { expect, it } from "vitest";
import { findPlaces } from "./find-places.ts";

const known = {
  pages: [
    { place: { page: "overview" }, says: "Overview" },
    { place: { page: "calls" }, says: "Calls" },
  ],
  names: { feature: ["code-review", "support-answer"], model: ["gpt-5"], team: ["support"] },
} as const;
const says = (text: string) => findPlaces(text, known).map((found) => `${found.kind} ${found.says}`);

it("puts names that begin with the text before those that only hold it", () => {
  expect(says("support")).toEqual(["feature support-answer", "team support"]);
  expect(says("re")).toEqual(["feature code-review"]);
  expect(says("ver")).toEqual(["page Overview"]);
});

it("offers a complete id as what it is", () => {
  expect(says("call_0123456789")[0]).toBe("call call_0123456789");
  expect(says("4bf92f3577b34da6a3ce929d0e0e4736")).toEqual(["interaction 4bf92f3577b34da6a3ce929d0e0e4736"]);
});

it("shows every place before anything is typed", () => {
  expect(says("")).toHaveLength(6);
});
