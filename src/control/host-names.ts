import { isIP } from "node:net";

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * DNS rebinding needs a name: a page of another site lets its own name point at us. So addresses are good, `localhost`
 * is, and of other names only those that are given.
 */
export function isHostAllowed(host: string | undefined, hostNames: readonly string[]): boolean {
  const name = HOST.exec(host ?? "")?.[1]
    ?.toLowerCase()
    .replace(/^\[(.*)\]$/, "$1");
  if (name === undefined) return false;
  return isIP(name) !== 0 || name === "localhost" || hostNames.some((allowed) => allowed.toLowerCase() === name);
}
