import { type IncomingMessage } from "node:http";

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export function isUnsafe(incoming: IncomingMessage): boolean {
  return !safeMethods.has(incoming.method ?? "");
}

/**
 * Browsers say where a request comes from, other programs say nothing. `none` is a person who typed the address or
 * opened a bookmark, and good for reading only.
 */
export function isFromOurPage(incoming: IncomingMessage): boolean {
  const site = incoming.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || (site === "none" && !isUnsafe(incoming));
  const { origin, host } = incoming.headers;
  if (origin === undefined) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** The machine itself, and not a proxy on it that speaks for somebody else. */
export function isFromLoopback(incoming: IncomingMessage): boolean {
  const address = incoming.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
  const isForwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some((name) => name in incoming.headers);
  return !isForwarded && (address === "::1" || address.startsWith("127."));
}
