import { type Config } from "#config";

/** Where a listener on `host` is reached from the machine itself: an address that means all addresses is none to open. */
export function listenOrigin({ host, tls }: Pick<Config["listen"], "host" | "tls">, port: number): string {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const written = reached.includes(":") && !reached.startsWith("[") ? `[${reached}]` : reached;
  return `${tls === undefined ? "http" : "https"}://${written}:${port}`;
}
