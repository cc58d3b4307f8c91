import type { NewKey } from "#contract";

const DAY_MS = 86_400_000;

/** What was filled in; an empty field leaves its part of the key open. */
export function readNewKey(form: FormData, now: number): NewKey {
  const read = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const key: NewKey = {};
  for (const name of ["name", "team", "feature", "customer", "environment"] as const) {
    const value = read(name);
    if (value !== "") key[name] = value;
  }
  const models = read("models")
    .split(",")
    .map((model) => model.trim())
    .filter((model) => model !== "");
  if (models.length > 0) key.models = models;
  for (const name of ["max_output_tokens", "max_context"] as const) {
    const count = Number(read(name).replaceAll(",", ""));
    if (count > 0) key[name] = count;
  }
  if (read("require_interaction") !== "") key.require_interaction = true;
  const days = Number(read("days"));
  if (days > 0) key.expires_at = new Date(now + days * DAY_MS).toISOString();
  return key;
}
