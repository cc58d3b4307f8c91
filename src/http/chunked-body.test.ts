import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkedBody } from "./chunked-body.ts";

/** One body in chunks, and where to cut the bytes on their way. */
const chunked = fc.record({
  pieces: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }),
  extension: fc.constantFrom("", ";a=1", ';name="quoted text"', ";"),
  trailers: fc.constantFrom("", "x-a: 1\r\n", "x-a: 1\r\nx-b:2\r\n"),
  behind: fc.constantFrom("", "GET / HTTP/1.1\r\n\r\n"),
  cuts: fc.array(fc.nat(400), { maxLength: 6 }),
});

function encode(pieces: readonly Uint8Array[], extension: string, trailers: string): Buffer {
  const chunks = pieces.map((piece) =>
    Buffer.concat([Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from("\r\n")]),
  );
  return Buffer.concat([...chunks, Buffer.from(`0${extension}\r\n${trailers}\r\n`)]);
}

function readIn(bytes: Buffer, cuts: readonly number[]) {
  const body = new ChunkedBody();
  const out: Buffer[] = [];
  const edges = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  let behind = "";
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const piece = Buffer.from(bytes.subarray(edges[index], edges[index + 1]));
    if (body.isDone) behind += piece.toString();
    else {
      out.push(Buffer.from(body.push(piece, 0)));
      if (body.isDone) behind += piece.toString("utf8", body.end);
    }
  }
  return { body, bytes: Buffer.concat(out), behind };
}

describe("a body in chunks", () => {
  it("is read whole wherever its bytes were cut, and not a byte behind it", () => {
    fc.assert(
      fc.property(chunked, ({ pieces, extension, trailers, behind, cuts }) => {
        const encoded = Buffer.concat([encode(pieces, extension, trailers), Buffer.from(behind)]);
        const read = readIn(encoded, cuts);
        expect(read.body.isDone).toBe(true);
        expect(read.bytes).toEqual(Buffer.concat(pieces));
        expect(read.behind).toBe(behind);
        expect(read.body.trailers.length).toBe(trailers.split("\r\n").length * 2 - 2);
      }),
    );
  });

  it.for([
    ["a size that is none", "x\r\n"],
    ["no size", "\r\n"],
    ["a size of more than 32 bits", "100000000\r\n"],
    ["a signed size", "+5\r\nhello\r\n"],
    ["a size in another notation", "0x5\r\nhello\r\n"],
    ["white space in front of a size", " 5\r\nhello\r\n"],
    ["white space behind a size", "5 \r\nhello\r\n"],
    ["a line that ends in a bare LF", "5\nhello\r\n"],
    ["a bare LF in an extension", "5;a\n0\r\n\r\n"],
    ["more bytes than were told", "5\r\nhelloo\r\n"],
    ["a chunk without its end", "5\r\nhello0\r\n\r\n"],
    ["a chunk that ends in a bare LF", "5\r\nhello\n0\r\n\r\n"],
    ["a trailer that is none", "0\r\nnot a trailer\r\n\r\n"],
    ["a trailer that tells a length", "0\r\nContent-Length: 5\r\n\r\n"],
    ["a trailer that ends in a bare LF", "0\r\nx-a: 1\n\r\n\r\n"],
    ["an endless extension", `5;${"a".repeat(5000)}`],
    ["endless extensions", "1;abcdefgh\r\nx\r\n".repeat(1000)],
    ["endless trailers", `0\r\n${"x-a: 1\r\n".repeat(2000)}`],
  ] as const)("is broken by %s", ([, text]) => {
    const { body } = readIn(Buffer.from(text), []);
    expect(body.isBroken).toBe(true);
    for (let cut = 1; cut < Math.min(text.length, 30); cut += 1) {
      expect(readIn(Buffer.from(text), [cut]).body.isBroken).toBe(true);
    }
  });
});
