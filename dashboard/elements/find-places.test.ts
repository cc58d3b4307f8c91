import { expect, it } from "vitest";
import { findPlaces } from "./find-places.ts";

const known = {
  pages: [
    { place: { page: "overview" }, says: "Overview" },
    { place: { page: "calls" }, says: "Calls" },
    { place: { page: "customers" }, says: "Customers" },
  ],
  names: { feature: ["code-review", "support-answer"], model: ["gpt-5"], team: ["marketing", "support"] },
} as const;
const says = (text: string) => findPlaces(text, known).map((found) => `${found.kind} ${found.says}`);

it("puts names that begin with the text before those that only hold it", () => {
  expect(says("support")).toEqual(["feature support-answer", "team support"]);
  expect(says("re")).toEqual(["feature code-review"]);
  expect(says("ver")).toEqual(["page Overview"]);
});

it("offers a complete id as what it is", () => {
  expect(says("call_0123456789")[0]).toBe("call call_0123456789");
  expect(says("4bf92f3577b34da6a3ce929d0e0e4736")).toEqual(["interaction of this id 4bf92f3577b34da6a3ce929d0e0e4736"]);
});

it("offers a word that could be an id below the page and the team that it names", () => {
  expect(says("customers")).toEqual(["page Customers", "interaction of this id customers"]);
  expect(says("marketing")).toEqual(["team marketing", "interaction of this id marketing"]);
});

it("shows every place before anything is typed", () => {
  expect(says("")).toHaveLength(8);
});
