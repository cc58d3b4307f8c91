import { type IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";

const FORWARDED_MAX = 20;

/** Who is at the other end. What a header says of it counts only when a proxy that is trusted has written it. */
export class Clients {
  readonly #trusted = new BlockList();

  /** `trustProxy`: addresses, and ranges such as 10.0.0.0/8. */
  constructor(trustProxy: readonly string[]) {
    for (const text of trustProxy) {
      const [address = "", length] = text.split("/", 2);
      if (length === undefined) this.#trusted.addAddress(address, familyOf(address));
      else this.#trusted.addSubnet(address, Number(length), familyOf(address));
    }
  }

  /** The nearest address that is not one of a trusted proxy: everything farther away may be invented. */
  addressOf(incoming: IncomingMessage): string {
    let address = plain(incoming.socket.remoteAddress ?? "");
    const said = forwarded(incoming, "x-forwarded-for").slice(-FORWARDED_MAX);
    for (const farther of said.toReversed()) {
      if (!this.#isTrusted(address) || isIP(plain(farther)) === 0) return address;
      address = plain(farther);
    }
    return address;
  }

  /** Whether the browser asked by TLS, of us or of a trusted proxy. */
  isByTls(incoming: IncomingMessage): boolean {
    if (incoming.socket instanceof TLSSocket) return true;
    if (!this.#isTrusted(plain(incoming.socket.remoteAddress ?? ""))) return false;
    return forwarded(incoming, "x-forwarded-proto").at(-1)?.toLowerCase() === "https";
  }

  #isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, familyOf(address));
  }
}

/** An IPv4 address that came by an IPv6 socket is itself. */
function plain(address: string): string {
  return address.trim().replace(/^::ffff:(?=\d+\.)/i, "");
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** The values of a header that each proxy adds one to. */
function forwarded({ headersDistinct }: IncomingMessage, name: string): readonly string[] {
  return (headersDistinct[name] ?? []).flatMap((line) => line.split(",")).map((value) => value.trim());
}
