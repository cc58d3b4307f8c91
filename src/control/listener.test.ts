import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isHostAllowed } from "./host-names.ts";
import { TestControl } from "./test-control.ts";

let control: TestControl;
beforeAll(async () => {
  control = await new TestControl({ limits: { headersMs: 300, requestMs: 600, checkEveryMs: 50 } }).start();
});
afterAll(() => control.stop());

/** Sends bytes as they are and gives everything that comes back until the server closes. */
function speak(bytes: string, { trickle = false } = {}): Promise<{ text: string; ms: number }> {
  const start = performance.now();
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port: control.port });
    const drip = trickle ? setInterval(() => socket.write("x"), 40) : undefined;
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(drip);
      resolve({ text, ms: performance.now() - start });
    });
    socket.write(bytes);
  });
}

describe("a connection", () => {
  it.for([
    ["that sends nothing more of its headers", "GET / HTTP/1.1\r\nHost: localhost\r\nx-a: ", false],
    ["that trickles its headers", "GET / HTTP/1.1\r\nHost: localhost\r\nx-a: ", true],
    [
      "that trickles its body",
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n",
      true,
    ],
  ] as const)("%s is closed in time", async ([, bytes, trickle]) => {
    const { ms } = await speak(bytes, { trickle });
    expect(ms).toBeLessThan(4000);
    expect((await control.ask({ path: "/healthz" })).status).toBe(200);
  });

  it.for([
    [
      "two lengths",
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    ],
    [
      "a length and chunks",
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["no host", "GET /healthz HTTP/1.1\r\n\r\n"],
    ["two hosts", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"],
    ["a folded header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nx-a: b\r\n c\r\nConnection: close\r\n\r\n"],
    ["a NUL", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nx-a: b\u0000c\r\nConnection: close\r\n\r\n"],
    ["a whole URL", "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["a star", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["another place to connect to", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["too many headers", `GET / HTTP/1.1\r\nHost: localhost\r\n${"x-a: b\r\n".repeat(4000)}\r\n`],
  ])("with %s gets no answer but a refusal", async ([, bytes]) => {
    const { text } = await speak(String(bytes));
    expect(text).not.toMatch(/^HTTP\/1.1 2/);
    expect(text).not.toContain("ok\n");
  });
});

describe("the name that we are called by", () => {
  it.for(["localhost", "LOCALHOST:4001", "127.0.0.1:4001", "[::1]:4001", "192.168.1.5", "tare.example:443"])(
    "%s is ours",
    (host) => expect(isHostAllowed(host, ["Tare.example"])).toBe(true),
  );

  it.for([
    "evil.example",
    "localhost.evil.example",
    "tare.example.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "localhost/../..",
    "[::1",
    "",
    "0x7f000001.evil",
    "localhost:4001:4001",
    " localhost",
    undefined,
  ])("%s is not", (host) => expect(isHostAllowed(host, ["tare.example"])).toBe(false));

  it("is checked for every path", async () => {
    for (const path of ["/", "/healthz", "/metrics", "/api/openapi.json", "/api/v1/status", "/assets/main-abc123.js"]) {
      const answer = await control.ask({ path, headers: { host: "evil.example" } });
      expect(answer.status, path).toBe(421);
    }
  });
});
