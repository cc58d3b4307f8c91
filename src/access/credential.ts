import { err, ok, type Result } from "#std";
import { Secret } from "#units";

/** `conflicting_credentials`: two that differ, or one carrier twice. `malformed_credential`: not Bearer, empty, too long. */
export type CredentialProblem = { readonly type: "conflicting_credentials" | "malformed_credential" };

// Longer than any key of ours or of a provider, shorter than anything worth hashing for an attacker.
const CREDENTIAL_CHARACTERS_MAX = 512;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const BEARER = /^bearer +([\x21-\x7e]+)$/i;

type Carrier = "authorization" | "x-api-key" | "x-goog-api-key";

/**
 * The one credential of a call, wherever a client's SDK puts it; undefined when there is none. `headers` is flat (name,
 * value, name, value) as it came: merged header objects hide a repeated `authorization`. `query` may be undefined
 * when the URL has none.
 */
export function extractCredential(
  headers: readonly string[],
  query: URLSearchParams | undefined,
): Result<Secret | undefined, CredentialProblem> {
  const seen = new Map<Carrier | "key", string>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const carrier = carrierNamed(headers[index] ?? "");
    if (carrier === undefined) continue;
    if (seen.has(carrier)) return err({ type: "conflicting_credentials" });
    seen.set(carrier, headers[index + 1] ?? "");
  }
  for (const value of query?.getAll("key") ?? []) {
    if (seen.has("key")) return err({ type: "conflicting_credentials" });
    seen.set("key", value);
  }
  return soleCredential(seen);
}

function soleCredential(seen: ReadonlyMap<Carrier | "key", string>): Result<Secret | undefined, CredentialProblem> {
  let found: string | undefined;
  for (const [carrier, value] of seen) {
    const text = carrier === "authorization" ? BEARER.exec(value.trim())?.[1] : value.trim();
    const isReadable = text !== undefined && text.length <= CREDENTIAL_CHARACTERS_MAX && VISIBLE_ASCII.test(text);
    if (!isReadable) return err({ type: "malformed_credential" });
    if (found !== undefined && found !== text) return err({ type: "conflicting_credentials" });
    found = text;
  }
  return ok(found === undefined ? undefined : new Secret(found));
}

// Compared by length first: this runs over every header of every call.
function carrierNamed(name: string): Carrier | undefined {
  if (name.length !== 13 && name.length !== 9 && name.length !== 14) return undefined;
  const lower = name.toLowerCase();
  return lower === "authorization" || lower === "x-api-key" || lower === "x-goog-api-key" ? lower : undefined;
}
