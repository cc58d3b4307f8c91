import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswerHead } from "./answer-head.ts";
import { encodeFields } from "./encode-fields.ts";
import { readFields } from "./read-fields.ts";
import { readRequestHead } from "./request-head.ts";

const plain = "POST /v1/x?y=1 HTTP/1.1\r\nHost: a";

describe("a request's head", () => {
  it("is read with its names in lower case and its values without the space around them", () => {
    const head = readRequestHead(`${plain}\r\nX-Some:\t a b \r\nContent-Length: 12\r\nConnection: Close`);
    expect(head).toEqual({
      method: "POST",
      target: "/v1/x?y=1",
      fields: ["host", "a", "x-some", "a b", "content-length", "12", "connection", "Close"],
      body: 12,
      keepsAlive: false,
      takesChunks: true,
      expectsContinue: false,
    });
  });

  it("of HTTP/1.0 takes no chunks and keeps nothing alive", () => {
    expect(readRequestHead("GET / HTTP/1.0\r\nconnection: keep-alive")).toMatchObject({
      keepsAlive: false,
      takesChunks: false,
      body: 0,
    });
  });

  it.for([
    ["both lengths", "content-length: 5\r\ntransfer-encoding: chunked"],
    ["both lengths in the other order", "transfer-encoding: chunked\r\ncontent-length: 5"],
    ["a length twice", "content-length: 5\r\ncontent-length: 5"],
    ["lengths in a list", "content-length: 5, 5"],
    ["a signed length", "content-length: +5"],
    ["a negative length", "content-length: -5"],
    ["a length in another notation", "content-length: 0x5"],
    ["a length with a space in it", "content-length: 5 5"],
    ["no length in the header of it", "content-length:"],
    ["a length beyond what a number holds", "content-length: 9999999999999999"],
    ["a coding nobody asked for", "transfer-encoding: gzip, chunked"],
    ["chunks twice", "transfer-encoding: chunked, chunked"],
    ["a coding twice", "transfer-encoding: chunked\r\ntransfer-encoding: chunked"],
    ["a coding that looks like another", "transfer-encoding: xchunked"],
    ["a coding that is none", "transfer-encoding: identity"],
    ["a coding in quotes", 'transfer-encoding: "chunked"'],
    ["a folded line", "x-a: 1\r\n b: 2"],
    ["a folded line with a tab", "transfer-encoding:\r\n\tchunked"],
    ["a space in front of the colon", "content-length : 5"],
    ["a line without a colon", "content-length 5"],
    ["a line without a name", ": 5"],
    ["a bare LF", "x-a: 1\nx-b: 2"],
    ["a bare CR", "x-a: 1\rx-b: 2"],
    ["a NUL", "x-a: 1\u0000"],
    ["a name that is no token", "x(a): 1"],
    ["a name beyond ASCII", "x\u00e9: 1"],
    ["a host twice", "host: b"],
    ["an expectation nobody knows", "expect: 200-ok"],
    ["more headers than anybody needs", Array.from({ length: 300 }, (_, index) => `x-${index}: 1`).join("\r\n")],
  ] as const)("is refused with %s", ([, lines]) => {
    expect(readRequestHead(plain)).toBeDefined();
    expect(readRequestHead(`${plain}\r\n${lines}`)).toBeUndefined();
  });

  it.for([
    "",
    "GET",
    "GET /",
    "get / HTTP/1.1\r\nhost: a",
    "GET  / HTTP/1.1\r\nhost: a",
    "GET / HTTP/1.1 \r\nhost: a",
    "GET\t/ HTTP/1.1\r\nhost: a",
    "GET /a b HTTP/1.1\r\nhost: a",
    "GET /\u00e9 HTTP/1.1\r\nhost: a",
    "GET http://b/ HTTP/1.1\r\nhost: a",
    "OPTIONS * HTTP/1.1\r\nhost: a",
    "GET / HTTP/2.0\r\nhost: a",
    "GET / HTTP/1.11\r\nhost: a",
    "GET / http/1.1\r\nhost: a",
    "GET / HTTP/1.1",
    "CONNECT a:443 HTTP/1.1\r\nhost: a",
    "GET / HTTP/1.0\r\ntransfer-encoding: chunked",
  ])("is refused when it is %j", (text) => {
    expect(readRequestHead(text)).toBeUndefined();
  });
});

describe("an answer's head", () => {
  it.for([
    ["HTTP/1.1 200 OK\r\ncontent-length: 5", { body: 5, keepsAlive: true }],
    ["HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\nConnection: close", { body: "chunked", keepsAlive: false }],
    ["HTTP/1.1 200 OK", { body: "until-close", keepsAlive: false }],
    ["HTTP/1.0 200 OK\r\ncontent-length: 1", { body: 1, keepsAlive: false }],
    ["HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive", { body: 1, keepsAlive: true }],
    ["HTTP/1.1 204 No Content", { body: 0, keepsAlive: true }],
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\nkeep-alive: timeout=7, max=9", { keptMs: 7000 }],
  ] as const)("says how its body ends: %j", ([text, expected]) => {
    expect(readAnswerHead(text)).toMatchObject(expected);
  });

  it.for([
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked",
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6",
    "HTTP/1.1 200 OK\r\ncontent-length: five",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip",
    "HTTP/1.1 200 OK\r\nx-a: 1\r\n folded",
    "HTTP/1.1 200 OK\r\nx-a: 1\u0007",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 099 OK",
    "HTTP/2 200 OK",
    "ICY 200 OK",
  ])("is refused when it is %j", (text) => {
    expect(readAnswerHead(text)).toBeUndefined();
  });
});

describe("headers as lines", () => {
  it("are read back as they were written", () => {
    const value = fc.stringMatching(/^(?:[!-~\u0080-\u00ff](?:[\t -~\u0080-\u00ff]{0,20}[!-~\u0080-\u00ff])?)?$/);
    const pair = fc.tuple(fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/), value);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 10 }), (pairs) => {
        const lines = encodeFields(pairs.flat());
        expect(readFields(lines?.slice(0, -2) ?? "", 0, { isLowerCase: false })).toEqual(pairs.flat());
      }),
    );
  });

  // U+010D and U+010A lose their upper byte on the wire and become CR and LF.
  it.for(["a\r\nb: c", "a\nb", "a\rb", "a\u0000", "a\u010d\u010ab", "\u{1f600}"])("are never made of %j", (value) => {
    expect(encodeFields(["x-a", value])).toBeUndefined();
    expect(encodeFields([`x-${value}`, "a"])).toBeUndefined();
  });
});
