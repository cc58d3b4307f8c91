import * as fc from "fast-check";
import { assert, expect, it } from "vitest";
import { money } from "#units";
import { dispatched, recalled, settled } from "../events/event-examples.ts";
import { entryColumns } from "./entry-columns.ts";
import { type Entry } from "./entry.ts";
import { entryOfRecalled, entryOfSettled } from "./make-entry.ts";

function detailOf(entry: Entry): unknown {
  const column = entryColumns.find(({ name }) => name === "detail");
  assert(column !== undefined, "entries have a detail");
  return column.of(entry);
}

const someText = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
const someComponent = fc.record({
  class: fc.constantFrom("input_uncached", "output_text"),
  quantity: fc.integer(),
  rate: fc.string({ unit: "binary" }),
  nanos: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(money),
  row: fc.string({ unit: "binary" }),
});
const someDetail = fc.record({
  upstreamId: someText,
  usage: fc.option(fc.record({ input_uncached: fc.nat(), output_text: fc.nat() }, { requiredKeys: [] }), {
    nil: undefined,
  }),
  reported: someText,
  components: fc.array(someComponent, { maxLength: 2 }),
  parent: someText,
  revision: fc.option(fc.nat(), { nil: undefined }),
});

it("keeps as JSON what only the page of an entry shows, and leaves out what is absent", () => {
  const plain = entryOfSettled(dispatched("1"), settled("1"));
  fc.assert(
    fc.property(someDetail, (given) => {
      const { upstreamId, usage, reported, components, parent, revision } = given;
      const amounts = components.map((component) => ({ ...component, nanos: component.nanos.toString() }));
      const said = { parent, revision, upstream_id: upstreamId, usage, reported, components: amounts };
      expect(detailOf({ ...plain, ...given })).toBe(JSON.stringify(said));
    }),
  );
});

it("keeps next to nothing of an answer of the cache", () => {
  expect(detailOf(entryOfRecalled(recalled("1")))).toBe('{"components":[]}');
});
