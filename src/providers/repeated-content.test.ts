import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wireFormats } from "#providers";

const openai = wireFormats.find(({ name }) => name === "openai");

/** A frame that is not like any other, so that the one behind it is read in full. */
const between = 'data: {"object":"none"}\n\n';

function relay(
  frames: readonly string[],
  { cuts, stripUsage }: { readonly cuts: readonly number[]; readonly stripUsage: boolean },
) {
  const reader = openai?.readAnswer({
    operation: "chat",
    stream: true,
    status: 200,
    contentType: "text/event-stream",
    stripUsage,
    receipt: undefined,
  });
  if (reader === undefined) throw new Error("no reader");
  const bytes = Buffer.from(frames.join(""));
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  let text = "";
  for (let index = 0; index + 1 < edges.length; index += 1)
    text += reader.push(Buffer.from(bytes.subarray(edges[index], edges[index + 1]))).toString("latin1");
  text += reader.finish().toString("latin1");
  return { text: text.replaceAll(between, ""), facts: reader.facts(), hasContent: reader.hasContent };
}

const content = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", " word", '"', "\\", "\n", "\u2028", '","usage":{"prompt_tokens":9}}', "é", "\u{1f600}"),
);
/** What a run of frames has around its content. */
const around = fc.record({
  id: fc.constantFrom("a", "b"),
  others: fc.constantFrom({}, {}, {}, { reasoning: "why" }, { audio: { data: "x" } }, { content: null }),
  finish: fc.constantFrom(null, null, null, "stop"),
  usage: fc.constantFrom(undefined, null, null, { prompt_tokens: 5, completion_tokens: 3 }),
  error: fc.constantFrom(undefined, undefined, undefined, undefined, { code: "c", message: "m" }),
  isUsageFirst: fc.boolean(),
});
// As long as each other, so that only what they say tells frames apart.
const usageName = fc.constantFrom("usage", "usage", "usage", "other");
/** Behind the usage or before it. */
const salt = fc.option(
  fc.tuple(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom("last", "first", "twice")),
);
const event = fc.constantFrom("", "", "", "", "", "event: error\n");
function withSalt(frame: object, salted: [string, string] | null): object {
  if (salted === null) return frame;
  const [obfuscation, place] = salted;
  if (place === "first") return { obfuscation, ...frame };
  return { ...frame, obfuscation, ...(place === "twice" ? { also: { obfuscation } } : {}) };
}
const run = fc
  .tuple(around, fc.array(fc.tuple(content, event, usageName, salt), { maxLength: 8 }))
  .map(([{ id, others, finish, usage, error, isUsageFirst }, contents]) =>
    contents.map(([text, name, member, salted]) => {
      const choices = [{ index: 0, delta: { content: text, ...others }, finish_reason: finish }];
      const ordered = isUsageFirst ? { id, [member]: usage, choices, error } : { id, choices, [member]: usage, error };
      return `${name}data: ${JSON.stringify(withSalt(ordered, salted))}\n\n`;
    }),
  );

describe("frames that differ from the one before in their content alone", () => {
  it("are relayed and counted as if each were read in full", () => {
    const stream = fc.array(run, { maxLength: 4 }).map((runs) => runs.flat());
    fc.assert(
      fc.property(stream, fc.boolean(), fc.array(fc.nat(), { maxLength: 4 }), (frames, stripUsage, cuts) => {
        const last = ["data: [DONE]\n\n"];
        const told = relay([...frames, ...last], { cuts, stripUsage });
        const inFull = relay([...frames.flatMap((one) => [between, one]), ...last], { cuts: [], stripUsage });
        expect(told).toEqual(inFull);
      }),
      { numRuns: 1_000 },
    );
  });
});
