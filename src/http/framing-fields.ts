/** The headers that say how a message and its connection are read, each by its one value. */
export interface FramingFields {
  host: string | undefined;
  length: string | undefined;
  coding: string | undefined;
  expect: string | undefined;
  /** The values of all headers of these names, as one list. */
  connection: string | undefined;
  keepAlive: string | undefined;
}

const LISTS: ReadonlySet<keyof FramingFields> = new Set(["connection", "keepAlive"]);

/** Undefined when one that may come once comes again: two readers could each believe another one. */
export function readFramingFields(fields: readonly string[]): FramingFields | undefined {
  const said: FramingFields = {
    host: undefined,
    length: undefined,
    coding: undefined,
    expect: undefined,
    connection: undefined,
    keepAlive: undefined,
  };
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const slot = slotOf(fields[index] ?? "");
    if (slot === undefined) continue;
    const value = fields[index + 1] ?? "";
    const before = said[slot];
    if (before !== undefined && !LISTS.has(slot)) return undefined;
    said[slot] = before === undefined ? value : `${before},${value}`;
  }
  return said;
}

/** By length first: this runs over every header of every message. */
function slotOf(name: string): keyof FramingFields | undefined {
  switch (name.length) {
    case 4:
      return name.toLowerCase() === "host" ? "host" : undefined;
    case 6:
      return name.toLowerCase() === "expect" ? "expect" : undefined;
    case 10: {
      const lower = name.toLowerCase();
      return lower === "connection" ? "connection" : lower === "keep-alive" ? "keepAlive" : undefined;
    }
    case 14:
      return name.toLowerCase() === "content-length" ? "length" : undefined;
    case 17:
      return name.toLowerCase() === "transfer-encoding" ? "coding" : undefined;
    default:
      return undefined;
  }
}
