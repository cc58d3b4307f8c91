/** One text for all bodies that ask the same, however their fields are ordered, spaced or escaped. */

// Who asks, and what the provider's own prompt cache is told; none of it reaches the model.
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "user",
  "metadata",
  "safety_identifier",
  "prompt_cache_key",
  "labels",
  // In its place stand the targets that may answer.
  "model",
]);

const DEPTH_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Undefined where two bodies that a provider may read differently could give one text: a name that occurs twice, whole
 * numbers that no double holds, bytes that are no UTF-8. Those are told apart by their bytes alone.
 */
export function canonicalBody(body: Buffer): string | undefined {
  const text = body.toString("utf8");
  if (text.includes("\ufffd")) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const writer = new CanonicalWriter();
  const isWritten = writer.write(parsed, 0);
  return isWritten && writer.members === membersOf(body) ? writer.text : undefined;
}

class CanonicalWriter {
  text = "";
  members = 0;

  /** False when the value has no canonical text. */
  write(value: unknown, depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    if (Array.isArray(value)) return this.#writeList(value, depth);
    if (typeof value === "object" && value !== null) return this.#writeObject(value, depth);
    if (typeof value === "number" && !isExact(value)) return false;
    this.text += JSON.stringify(value);
    return true;
  }

  #writeList(list: readonly unknown[], depth: number): boolean {
    this.text += "[";
    for (const item of list) {
      if (!this.write(item, depth + 1)) return false;
      this.text += ",";
    }
    this.text += "]";
    return true;
  }

  #writeObject(object: object, depth: number): boolean {
    this.text += "{";
    const entries = Object.entries(object).toSorted(([left], [right]) => (left < right ? -1 : 1));
    this.members += entries.length;
    for (const [name, value] of entries) {
      if (depth === 0 && WITHOUT_EFFECT.has(name)) {
        this.members += membersBelow(value);
        continue;
      }
      this.text += `${JSON.stringify(name)}:`;
      if (!this.write(value, depth + 1)) return false;
      this.text += ",";
    }
    this.text += "}";
    return true;
  }
}

/** Beyond what a double holds other readers have other numbers, or none: `1e400` would be written as null. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function membersBelow(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, inner) => sum + membersBelow(inner), own);
}

/** Colons outside of texts: one for each member, also for those that `JSON.parse` lets a later one replace. */
function membersOf(body: Buffer): number {
  let members = 0;
  let isInText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText && byte === BACKSLASH) at += 1;
    else if (!isInText && byte === COLON) members += 1;
  }
  return members;
}
