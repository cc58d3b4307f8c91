import { extractCredential, type KeyRecord } from "#access";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";

/** Who calls. Takes the key out of the URL; that it was used is told later, many at a time. */
export function authenticate(around: Surroundings, call: Call): Result<KeyRecord, Refusal> {
  const digest = digestOf(around, call);
  call.query?.delete("key");
  if (!digest.ok) return digest;
  const found = around.keys.find(digest.value, call.at);
  if (!found.ok) return err({ code: found.error.type });
  call.key = found.value;
  around.keyUses.set(found.value.id, call.at);
  return ok(found.value);
}

/** Of the key in the call's head. Where the client sent that head before, it is known; whether the key is good is asked each time. */
function digestOf({ heads, digester }: Surroundings, call: Call): Result<string, Refusal> {
  const { fields, repeats } = call.request;
  const known = heads.digestOf(repeats);
  if (known !== undefined) return ok(known);
  const credential = extractCredential(fields, call.query);
  if (!credential.ok) {
    const isMalformed = credential.error.type === "malformed_credential";
    return err({ code: isMalformed ? "malformed_key" : "conflicting_credentials" });
  }
  if (credential.value === undefined) return err({ code: "missing_key" });
  const digest = digester.digest(credential.value);
  heads.keepDigest(repeats, digest);
  return ok(digest);
}
