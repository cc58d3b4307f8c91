import { extractCredential, type KeyRecord } from "#access";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";

/** Who calls. Takes the key out of the URL; that it was used is told later, many at a time. */
export function authenticate(around: Surroundings, call: Call): Result<KeyRecord, Refusal> {
  const credential = extractCredential(call.request.fields, call.query);
  call.query?.delete("key");
  if (!credential.ok) {
    const isMalformed = credential.error.type === "malformed_credential";
    return err({ code: isMalformed ? "malformed_key" : "conflicting_credentials" });
  }
  if (credential.value === undefined) return err({ code: "missing_key" });
  const found = around.keys.find(around.digester.digest(credential.value), call.at);
  if (!found.ok) return err({ code: found.error.type });
  call.key = found.value;
  around.keyUses.set(found.value.id, call.at);
  return ok(found.value);
}
