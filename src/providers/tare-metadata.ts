import { err, ok, type Result } from "#std";
import { type JsonFindings } from "./json-findings.ts";
import { cutMembers, listMembers } from "./json-members.ts";
import { type Splice } from "./splice.ts";
import { type BadAsk } from "./ask-source.ts";

const PREFIX = "tare_";

/** The attribution in a request's `metadata`, and the cuts that keep it from going upstream. */
export interface TareMetadata {
  readonly attribution: Readonly<Record<string, string>>;
  readonly cuts: readonly Splice[];
}

const NO_TARE_METADATA: TareMetadata = { attribution: {}, cuts: [] };

/** Reads `metadata.tare_*` of the object found at `slot`. */
export function readTareMetadata(body: Buffer, found: JsonFindings, slot: number): Result<TareMetadata, BadAsk> {
  if (found.kind(slot) !== "object") return ok(NO_TARE_METADATA);
  const members = listMembers(body, found.start(slot));
  const attribution = new Map<string, string>();
  for (const { key, keyStart, valueStart, valueEnd } of members) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    const field = `metadata.${key}`;
    if (attribution.has(name)) return err({ type: "ambiguous_field", field, at: keyStart });
    const value: unknown = JSON.parse(body.toString("utf8", valueStart, valueEnd));
    if (typeof value !== "string") return err({ type: "invalid_field", field, detail: "must be a string" });
    attribution.set(name, value);
  }
  if (attribution.size === 0) return ok(NO_TARE_METADATA);
  const cuts = cutMembers(members, (member) => member.key.startsWith(PREFIX));
  return ok({ attribution: Object.fromEntries(attribution), cuts });
}
