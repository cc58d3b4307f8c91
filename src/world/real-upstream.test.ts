import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { type NetworkProblem, realWorld, type Upstream } from "#world";

interface Told {
  status: number;
  headers: readonly string[];
  body: string;
  ends: number;
  problems: NetworkProblem[];
}

type Request = Parameters<Upstream["send"]>[0];

const get: Request = { method: "GET", path: "/", headers: [], body: undefined };

function upstreamTo(origin: string): Upstream {
  const { network } = realWorld();
  network.allow([origin]);
  const upstream = network.upstream(origin, { connectTimeoutMs: 1000 });
  onTestFinished(() => upstream.close());
  return upstream;
}

function send(upstream: Upstream, request: Request = get, takes = true) {
  const told: Told = { status: 0, headers: [], body: "", ends: 0, problems: [] };
  const exchange = upstream.send(request, {
    head(status, headers) {
      told.status = status;
      told.headers = headers;
    },
    data(chunk) {
      told.body += chunk.toString("latin1");
      return takes;
    },
    end: () => void (told.ends += 1),
    problem: (problem) => told.problems.push(problem),
  });
  return { told, exchange };
}

async function over({ told }: { readonly told: Told }): Promise<Told> {
  await expect.poll(() => told.ends + told.problems.length).toBeGreaterThan(0);
  return told;
}

async function listening(server: Server, scheme = "http"): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that says what it is told to, by connection. */
async function raw(answer: (socket: Socket, received: string) => void) {
  const sockets: Socket[] = [];
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    const number = sockets.push(socket) - 1;
    received.push("");
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received[number] += chunk.toString("latin1");
      answer(socket, received[number] ?? "");
    });
  });
  const origin = await listening(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { origin, sockets, received };
}

const whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe("connections to one origin", () => {
  it("are used again, the last one first", async () => {
    const { origin, sockets } = await raw((socket) => void socket.write(whole));
    const upstream = upstreamTo(origin);
    for (let count = 0; count < 5; count += 1)
      expect(await over(send(upstream))).toMatchObject({ body: "ok", ends: 1 });
    expect(sockets).toHaveLength(1);
    await Promise.all([over(send(upstream)), over(send(upstream))]);
    expect(sockets).toHaveLength(2);
  });

  it.for([
    ["said that they close", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"],
    ["are of HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["said more than was asked", `${whole}${whole}`],
    ["are kept for a moment only", "HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok"],
  ] as const)("are not used again when they %s", async ([, answer]) => {
    const { origin, sockets } = await raw((socket) => void socket.write(answer));
    const upstream = upstreamTo(origin);
    for (let count = 0; count < 2; count += 1) expect((await over(send(upstream))).body).toBe("ok");
    expect(sockets).toHaveLength(2);
  });

  it("are all closed when one of them is found closed by the server: the next call must not meet another", async () => {
    const { origin, sockets } = await raw((socket, received) => {
      if (received.split("GET ").length === 2) socket.write(whole);
      else socket.resetAndDestroy();
    });
    const upstream = upstreamTo(origin);
    await Promise.all([over(send(upstream)), over(send(upstream)), over(send(upstream))]);
    expect(sockets).toHaveLength(3);
    expect((await over(send(upstream))).problems.map(({ type }) => type)).toEqual(["reset"]);
    expect((await over(send(upstream))).body).toBe("ok");
    expect(sockets).toHaveLength(4);
  });

  it("are kept when one breaks in the middle of its answer, which says nothing of the others", async () => {
    const { origin, sockets } = await raw((socket, received) => {
      if (received.split("GET ").length === 2) socket.write(whole);
      else socket.write("HTTP/1.1 200 OK\r\n", () => socket.resetAndDestroy());
    });
    const upstream = upstreamTo(origin);
    await Promise.all([over(send(upstream)), over(send(upstream))]);
    expect((await over(send(upstream))).problems).toHaveLength(1);
    await over(send(upstream));
    expect(sockets).toHaveLength(2);
  });

  it("are closed when something comes that nobody asked for: it would be taken for the next answer", async () => {
    const { origin, sockets } = await raw((socket) => void socket.write(whole));
    const upstream = upstreamTo(origin);
    await over(send(upstream));
    sockets[0]?.write("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned");
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect((await over(send(upstream))).body).toBe("ok");
  });

  it("are closed when their answer came before all of the request had gone", async () => {
    const { origin, sockets } = await raw((socket) => void socket.write(whole));
    const upstream = upstreamTo(origin);
    const never = (async function* () {
      yield Buffer.from("part");
      await new Promise(() => undefined);
    })();
    expect((await over(send(upstream, { ...get, method: "POST", body: never }))).body).toBe("ok");
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    await over(send(upstream));
    expect(sockets).toHaveLength(2);
  });

  it("end with their exchange when it is cancelled", async () => {
    const { origin, sockets } = await raw(() => undefined);
    const upstream = upstreamTo(origin);
    const sending = send(upstream);
    await expect.poll(() => sockets.length).toBe(1);
    sending.exchange.cancel();
    expect(sending.told.problems.map(({ type }) => type)).toEqual(["cancelled"]);
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  });

  it("are held to the time they may take to stand", async () => {
    // A network for documentation: nothing answers there, or it cannot be reached at all.
    const upstream = upstreamTo("http://192.0.2.1:9");
    const { problems } = await over({ told: send(upstream).told });
    expect(["connect-timeout", "connect-refused"]).toContain(problems[0]?.type);
  });
});

describe("a request", () => {
  it("is written as it was given, with a host and a length", async () => {
    const { origin, received } = await raw((socket) => void socket.write(whole));
    const body = Buffer.from("b\u00fcdy");
    await over(send(upstreamTo(origin), { method: "POST", path: "/a?b=c", headers: ["x-a", "1"], body }));
    expect(received[0]).toBe(
      `POST /a?b=c HTTP/1.1\r\nhost: ${origin.slice(7)}\r\nx-a: 1\r\ncontent-length: 5\r\n\r\n${body.toString("latin1")}`,
    );
  });

  it("with a large body arrives whole", async () => {
    let bytes = 0;
    const origin = await served((incoming, response) => {
      incoming.on("data", (chunk: Buffer) => (bytes += chunk.length));
      incoming.on("end", () => response.end("ok"));
    });
    await over(send(upstreamTo(origin), { ...get, method: "POST", body: Buffer.alloc(5_000_000) }));
    expect(bytes).toBe(5_000_000);
  });

  it.for([
    ["path", { path: "/a\r\nx-injected: 1" }],
    ["path", { path: "/a b" }],
    ["path", { path: "/\u010d\u010aGET" }],
    ["header", { headers: ["x-a", "1\r\nx-injected: 1"] }],
    ["header's name", { headers: ["x a", "1"] }],
    ["method", { method: "GET / HTTP/1.1\r\n\r\nGET" }],
  ] as const)("is never split by its %s", async ([, part]) => {
    const { origin, received } = await raw((socket) => void socket.write(whole));
    const { problems } = await over(send(upstreamTo(origin), { ...get, ...part }));
    expect(problems).toEqual([{ type: "reset", detail: "unsendable request" }]);
    expect(received.join("")).toBe("");
  });
});

describe("a body that goes on as it comes", () => {
  it.for([[[]], [["content-length", "6"]]] as const)("arrives whole, with headers %j", async ([headers]) => {
    const origin = await served((incoming, response) => incoming.pipe(response));
    const request = { ...get, method: "POST", headers, body: pieces("one", "", "two") };
    expect(await over(send(upstreamTo(origin), request))).toMatchObject({ body: "onetwo", ends: 1 });
  });

  it.for([
    [
      "breaks off",
      (async function* () {
        yield Buffer.from("one");
        await new Promise((resolve) => void setTimeout(resolve, 50));
        throw new Error("client gone");
      })(),
      [],
    ],
    ["is shorter than was told", pieces("one"), ["content-length", "6"]],
  ] as const)("is never taken for a whole one when it %s", async ([, body, headers]) => {
    const complete: boolean[] = [];
    const origin = await served((incoming, response) => {
      incoming.on("error", () => undefined).resume();
      incoming.on("close", () => complete.push(incoming.complete));
      incoming.on("end", () => response.end());
    });
    const told = await over(send(upstreamTo(origin), { ...get, method: "POST", headers, body }));
    expect(told.problems.map(({ type }) => type)).toEqual(["reset"]);
    await expect.poll(() => complete.length).toBeGreaterThan(0);
    expect(complete).toEqual([false]);
  });
});

describe("an answer", () => {
  it("waits while its asker takes no more", async () => {
    let written = 0;
    const { origin } = await raw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n");
      const more = () => {
        while (written < 100_000_000 && socket.write(Buffer.alloc(100_000))) written += 100_000;
      };
      socket.on("drain", more);
      more();
    });
    const { told, exchange } = send(upstreamTo(origin), get, false);
    await expect.poll(() => told.body.length).toBeGreaterThan(0);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    const before = told.body.length;
    expect(before).toBeLessThan(200_000);
    exchange.resume();
    await expect.poll(() => told.body.length).toBeGreaterThan(before);
    exchange.cancel();
  });

  it.for([
    ["is cut", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok"],
    ["is no HTTP", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["can be read in two ways", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok"],
  ] as const)("that %s is a broken connection", async ([, answer]) => {
    const { origin } = await raw((socket) => socket.end(answer));
    const { problems, ends } = await over(send(upstreamTo(origin)));
    expect({ types: problems.map(({ type }) => type), ends }).toEqual({ types: ["reset"], ends: 0 });
  });

  it("that its asker cannot take costs no other exchange", async () => {
    const { origin } = await raw((socket) => void socket.write(whole));
    const upstream = upstreamTo(origin);
    const problems: NetworkProblem[] = [];
    upstream.send(get, {
      head() {
        throw new Error("a defect");
      },
      data: () => true,
      end: () => undefined,
      problem: (problem) => problems.push(problem),
    });
    await expect.poll(() => problems.length).toBeGreaterThan(0);
    expect(await over(send(upstream))).toMatchObject({ body: "ok" });
  });
});

describe("an origin behind TLS", () => {
  it("is asked when its certificate is trusted and speaks for it, and otherwise not", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const before = getCACertificates("default");
    onTestFinished(() => setDefaultCACertificates(before));
    const certificates = {
      right: selfSigned(privateKey, [127, 0, 0, 1]),
      wrong: selfSigned(privateKey, [127, 0, 0, 2]),
    };
    setDefaultCACertificates([...before, certificates.right, certificates.wrong]);
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    const origins: string[] = [];
    for (const cert of [certificates.right, certificates.wrong]) {
      const server = createSecureServer({ key, cert }, (_, response) => response.end("secret"));
      onTestFinished(() => server.closeAllConnections());
      origins.push(await listening(server, "https"));
    }
    const [right = "", wrong = ""] = origins;
    const upstream = upstreamTo(right);
    expect(await over(send(upstream))).toMatchObject({ status: 200, body: "secret" });
    expect(await over(send(upstream))).toMatchObject({ status: 200, body: "secret" });
    expect((await over(send(upstreamTo(wrong)))).problems).toMatchObject([{ type: "tls-failed" }]);
    setDefaultCACertificates(before);
    expect((await over(send(upstreamTo(right)))).problems).toMatchObject([{ type: "tls-failed" }]);
  });
});

async function* pieces(...texts: string[]) {
  for (const text of texts) {
    await new Promise((resolve) => void setImmediate(resolve));
    yield Buffer.from(text);
  }
}

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => server.closeAllConnections());
  return listening(server);
}

/** A certificate for an address, signed by its own key: X.509 in as few bytes as it takes (RFC 5280). */
function selfSigned(key: KeyObject, address: readonly number[]): string {
  const name = der(
    0x30,
    der(0x31, der(0x30, identifier(2, 5, 4, 3), der(0x0c, Buffer.from(`tare test ${address.join(".")}`)))),
  );
  const algorithm = der(0x30, identifier(1, 2, 840, 10045, 4, 3, 2));
  const until = der(0x30, der(0x17, Buffer.from("200101000000Z")), der(0x17, Buffer.from("491231235959Z")));
  const names = der(0x30, der(0x87, Buffer.from(address)));
  const extensions = der(0xa3, der(0x30, der(0x30, identifier(2, 5, 29, 17), der(0x04, names))));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const serial = der(0x02, Buffer.from([address.at(-1) ?? 1]));
  const body = der(0x30, version, serial, algorithm, name, until, name, publicKey, extensions);
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, key)]));
  const text = der(0x30, body, algorithm, signature).toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function identifier(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = rest.flatMap((arc) => {
    const digits = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    return digits;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}
