/**
 * Whose model it is, by the words in its id: Converse is one format for all of them, but how much to think, prompt caches
 * and some sampling are said in each maker's own words.
 */
export type ModelFamily = "claude" | "nova" | "gpt-oss" | "other";

/** An application's own inference profile is an ARN that does not tell, and counts as `other`. */
export function familyOf(model: string): ModelFamily {
  if (model.includes("claude")) return "claude";
  if (model.includes("amazon.nova")) return "nova";
  return model.includes("gpt-oss") ? "gpt-oss" : "other";
}
