import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "./answer-reader.ts";

function read(text: string, { cuts = [], closes = true }: { cuts?: readonly number[]; closes?: boolean } = {}) {
  const seen = { status: 0, fields: [] as readonly string[], body: "", ends: 0 };
  const reader = new AnswerReader({
    head(status, fields) {
      seen.status = status;
      seen.fields = fields;
    },
    data: (chunk) => (seen.body += chunk.toString("latin1")),
    end: () => (seen.ends += 1),
  });
  const bytes = Buffer.from(text, "latin1");
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  for (let index = 0; index + 1 < edges.length; index += 1) {
    if (reader.state === "head" || reader.state === "body")
      reader.push(Buffer.from(bytes.subarray(edges[index], edges[index + 1])));
  }
  if (closes) reader.finish();
  return { ...seen, reader };
}

describe("an answer", () => {
  const answers = fc.constantFrom(
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\n\r\nhello",
  );

  it("is the same wherever its bytes were cut", () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
        const { status, body, ends, reader } = read(text, { cuts });
        expect({ status, body, ends, state: reader.state }).toEqual({
          status: 200,
          body: "hello",
          ends: 1,
          state: "done",
        });
      }),
    );
  });

  it.for([
    ["its length was not reached", "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello"],
    ["its last chunk did not come", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ["its head did not end", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"],
    ["a line of its head ends in a bare LF", "HTTP/1.1 200 OK\nx-a: 1"],
    ["it turns into another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["only hints come", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20)],
    ["its head is larger than any real one", `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(40_000)}\r\n\r\n`],
  ] as const)("is broken when %s", ([, text]) => {
    const { reader, ends } = read(text);
    expect(reader.state).toBe("broken");
    expect(ends).toBe(0);
  });

  it.for([
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\nx",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nx",
  ])("that brings more than itself leaves a connection that carries no other: %j", (text) => {
    const { reader } = read(text, { closes: false });
    expect(reader).toMatchObject({ state: "done", keepsAlive: false });
  });
});
