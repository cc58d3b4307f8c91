const TEXT_CHARACTERS_MAX = 4_096;

/** An error's body as JSON, or as the text it is: proxies in front of providers answer with pages of their own. */
export function parsedFailure(body: Buffer): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text.trim() === "" ? "The provider gave no reason." : text.slice(0, TEXT_CHARACTERS_MAX);
  }
}
