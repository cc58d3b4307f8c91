import fc from "fast-check";
import { expect, it } from "vitest";
import { runsOf } from "../../simulation/runs-of.ts";
import { HeadMemory } from "./head-memory.ts";
import { readRequestHead } from "./request-head.ts";

const varies = (name: string) => name === "content-length" || name.startsWith("x-tare-");
const BODY = "POST / HTTP/1.1 is not a head here\r\n\r\n";

const first = "POST /v1/chat/completions?key=a HTTP/1.1";
const lines = [
  "host: a",
  "authorization: Bearer one",
  "content-length: 38",
  "X-Tare-Feature:  search",
  "connection: keep-alive",
];
const head = [first, ...lines].join("\r\n");

/** What a memory that has seen `before` makes of `after` and a body behind it. */
function recalled(before: string, after: string) {
  const memory = new HeadMemory(varies);
  const known = readRequestHead(before);
  if (known !== undefined) memory.keep(before, known);
  const bytes = Buffer.from(`${after}\r\n\r\n${BODY}`, "latin1");
  const again = memory.recall(bytes);
  return { known, again, rest: bytes.subarray(memory.end).toString("latin1") };
}

it("A head that comes again is the one before", () => {
  const { known, again, rest } = recalled(head, head);
  expect(again).toEqual({ ...known, repeats: known });
  expect(rest).toBe(BODY);
});

it("Values that vary are those of the new head, whatever their length", () => {
  const after = head.replace("38", "1007").replace("search", "an answer");
  const { known, again, rest } = recalled(head, after);
  expect(again).toEqual({ ...readRequestHead(after), repeats: known });
  expect(again?.body).toBe(1007);
  expect(rest).toBe(BODY);
});

it("White space around a value that varies is left to be read", () => {
  for (const spaced of ["search ", " search", "\tsearch", "search\t"])
    for (const [before, after] of [
      [head, head.replace("search", spaced)],
      [head.replace("search", `${spaced} `), head],
    ])
      expect(recalled(before ?? "", after ?? "").again).toBeUndefined();
});

it.for([
  ["another key", head.replace("one", "two")],
  ["a key that is longer by a letter", head.replace("one", "ones")],
  ["another target", head.replace("key=a", "key=b")],
  ["one line more", `${head}\r\nx-api-key: b`],
  ["one line less", head.replace("\r\nconnection: keep-alive", "")],
  ["a length that is none", head.replace("38", "3 8")],
  ["a length with a sign", head.replace("38", "+38")],
  ["an empty value", head.replace("38", "")],
  ["a line break in a value", head.replace("38", "38\r\ntransfer-encoding: chunked")],
  ["a bare line feed in a value", head.replace("38", "38\nx: y")],
  ["another case of a name", head.replace("host", "Host")],
])("%s is not a repeated head", ([, after = ""]) => {
  expect(recalled(head, after).again).toBeUndefined();
});

it("What has not come in full is not a repeated head", () => {
  const memory = new HeadMemory(varies);
  const known = readRequestHead(head);
  if (known !== undefined) memory.keep(head, known);
  const bytes = Buffer.from(`${head}\r\n\r\n`, "latin1");
  for (let length = 0; length < bytes.length; length += 1)
    expect(memory.recall(bytes.subarray(0, length))).toBeUndefined();
  expect(memory.recall(bytes)).toBeDefined();
  memory.forget();
  expect(memory.recall(bytes)).toBeUndefined();
});

it("Clients whose heads always differ are soon not remembered, and are again when they repeat one", () => {
  const memory = new HeadMemory(varies);
  const send = (text: string) => {
    const again = memory.recall(Buffer.from(`${text}\r\n\r\n`, "latin1"));
    const read = readRequestHead(text);
    if (again === undefined && read !== undefined) memory.keep(text, read);
    return again !== undefined;
  };
  for (let index = 0; index < 200; index += 1) expect(send(`${head}\r\nx-id: ${index}`)).toBe(false);
  const repeated = Array.from({ length: 40 }, () => send(`${head}\r\nx-id: last`));
  expect(repeated.filter(Boolean).length).toBeGreaterThan(20);
  expect(repeated.slice(20)).not.toContain(false);
});

const value = fc.stringMatching(/^[\t -~\u0080-\u00ff\r\n]{0,12}$/);
const changed = fc
  .record({
    at: fc.nat(head.length + 4),
    remove: fc.nat(6),
    insert: fc.oneof(value, fc.constantFrom("\r\n", ": ", "0", "x-tare-user: a\r\n", "content-length: 1\r\n", " ")),
  })
  .map(({ at, remove, insert }) => {
    const bytes = `${head}\r\n\r\n${BODY}`;
    return bytes.slice(0, at) + insert + bytes.slice(at + remove);
  });

const varied = fc
  .tuple(fc.oneof(fc.nat().map(String), value), fc.oneof(fc.stringMatching(/^[!-~][ -~]{0,9}[!-~]$/), value))
  .map(([length, feature]) => `${head.replace("38", () => length).replace("search", () => feature)}\r\n\r\n${BODY}`);

it("A head that is recalled is read as if it were new", () => {
  let recalls = 0;
  fc.assert(
    fc.property(fc.oneof(changed, varied), (text) => {
      const memory = new HeadMemory(varies);
      const known = readRequestHead(head);
      if (known !== undefined) memory.keep(head, known);
      const again = memory.recall(Buffer.from(text, "latin1"));
      if (again === undefined) return;
      recalls += 1;
      const end = text.indexOf("\r\n\r\n");
      expect(memory.end).toBe(end + 4);
      expect(again).toEqual({ ...readRequestHead(text.slice(0, end)), repeats: known });
    }),
    { numRuns: runsOf(5_000) },
  );
  expect(recalls).toBeGreaterThan(20);
});
