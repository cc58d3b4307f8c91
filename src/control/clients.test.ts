import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { Clients } from "./clients.ts";

function from(address: string, headers: Readonly<Record<string, string | string[]>> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: address });
  const incoming = new IncomingMessage(socket);
  for (const [name, value] of Object.entries(headers)) incoming.headersDistinct[name] = [value].flat();
  return incoming;
}

type Case = readonly [string, Readonly<Record<string, string | string[]>>, string, string];

describe("who asks", () => {
  const clients = new Clients(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

  it.each([
    ["203.0.113.7", {}, "203.0.113.7", "nobody stands between"],
    ["203.0.113.7", { "x-forwarded-for": "192.0.2.1" }, "203.0.113.7", "who is not trusted may say what it likes"],
    ["127.0.0.1", { "x-forwarded-for": "192.0.2.1" }, "192.0.2.1", "the proxy tells"],
    ["::ffff:10.1.2.3", { "x-forwarded-for": "192.0.2.1" }, "192.0.2.1", "an IPv4 address by an IPv6 socket"],
    ["10.0.0.1", { "x-forwarded-for": "6.6.6.6, 192.0.2.1, 10.0.0.9" }, "192.0.2.1", "what is farther may be invented"],
    ["10.0.0.1", { "x-forwarded-for": ["6.6.6.6", "192.0.2.1"] }, "192.0.2.1", "in two headers as in one"],
    ["10.0.0.1", { "x-forwarded-for": "192.0.2.1, not an address" }, "10.0.0.1", "no address ends it"],
    ["fd00::1", { "x-forwarded-for": "2001:db8::5" }, "2001:db8::5", "IPv6"],
  ] as readonly Case[])("%s with %j is %s: %s", (socket, headers, address) => {
    expect(clients.addressOf(from(socket, headers))).toBe(address);
  });

  it("asked by TLS when a trusted proxy says so, and no other", () => {
    const said = { "x-forwarded-proto": "https" };
    expect(clients.isByTls(from("10.0.0.1", said))).toBe(true);
    expect(clients.isByTls(from("203.0.113.7", said))).toBe(false);
    expect(clients.isByTls(from("10.0.0.1", { "x-forwarded-proto": "http" }))).toBe(false);
    expect(clients.isByTls(from("10.0.0.1"))).toBe(false);
  });
});
