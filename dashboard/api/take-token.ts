/** The one-time token of a link, taken out of the URL before anything else can see or keep it. */
export function takeToken(
  { hash, pathname, search }: Pick<Location, "hash" | "pathname" | "search">,
  history: Pick<History, "replaceState">,
): string | undefined {
  const pairs = new URLSearchParams(hash.replace(/^#/, ""));
  const token = pairs.get("token");
  if (token === null) return undefined;
  history.replaceState(null, "", pathname + search);
  return token === "" ? undefined : token;
}
