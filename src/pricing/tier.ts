import { type Tier } from "./price-row.ts";

const spoken: ReadonlyMap<string, Tier> = new Map([
  ["auto", "standard"],
  ["default", "standard"],
  ["standard", "standard"],
  ["standard_only", "standard"],
  ["on_demand", "standard"],
  ["batch", "batch"],
  ["flex", "flex"],
  ["on_demand_flex", "flex"],
  ["priority", "priority"],
  ["on_demand_priority", "priority"],
  ["fast", "fast"],
  ["us", "us"],
]);

/** The tier an answer says was billed. An answer that names none was billed as standard; undefined is a tier we do not know. */
export function tierBilled(answered: string | undefined): Tier | undefined {
  return answered === undefined ? "standard" : spoken.get(answered.toLowerCase());
}

/** A setting of the workspace may keep inference in one geography, whatever the request says of its tier. */
const whereverItRuns = ["us"] as const;
const unasked: readonly Tier[] = ["standard", ...whereverItRuns, "flex", "priority"];

/**
 * The tiers that may be billed for what was asked. Without a word, or with `auto`, the provider's project settings decide,
 * which the gateway cannot see; an explicit tier may still be served, and billed, as standard.
 */
export function tiersReachable(asked: string | undefined): readonly Tier[] | undefined {
  const word = asked?.toLowerCase();
  if (word === undefined || word === "auto") return unasked;
  const tier = spoken.get(word);
  if (tier === undefined) return undefined;
  return tier === "standard" ? ["standard", ...whereverItRuns] : ["standard", ...whereverItRuns, tier];
}

/** A tier we do not know, for a reason that is kept: a word, and never what else somebody may write there. */
export function printTier(word: string | undefined): string {
  return word !== undefined && /^[A-Za-z_-]{1,32}$/.test(word) ? word.toLowerCase() : "(unreadable)";
}
