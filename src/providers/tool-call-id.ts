import { createHash } from "node:crypto";

export interface IdRule {
  readonly charactersMax: number;
  readonly allowed: RegExp;
}

const DIGEST_CHARACTERS = 24;

/** The id itself where the target takes it, else one that follows from it, the same at every mention. */
export function fitId(id: string, { charactersMax, allowed }: IdRule): string {
  if (id.length <= charactersMax && allowed.test(id)) return id;
  const digest = digestId(id);
  return digest.length <= charactersMax ? digest : digest.slice(-charactersMax);
}

/** An id for something that has none, the same whenever it is read again. */
export function digestId(...from: readonly string[]): string {
  const digest = createHash("sha256").update(from.join("\n")).digest("base64url");
  return `call_${digest.replaceAll(/[-_]/g, "0").slice(0, DIGEST_CHARACTERS)}`;
}
