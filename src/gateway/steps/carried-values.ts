const BAGGAGE_PREFIX = "tare.";
const TAGS_MAX = 16;
const TAG_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TAG_VALUE_BYTES_MAX = 128;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const nothing: ReadonlyMap<string, string> = new Map();
const noTags: Readonly<Record<string, string>> = {};

/** Members `tare.*` of a W3C baggage header, without the prefix. What cannot be read was meant for somebody else. */
export function readBaggage(header: string | undefined): ReadonlyMap<string, string> {
  if (header?.includes(BAGGAGE_PREFIX) !== true) return nothing;
  const values = new Map<string, string>();
  for (const member of header.split(",")) {
    const [pair = ""] = member.split(";");
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    const value = decodePercent(pair.slice(equals + 1).trim());
    if (equals > 0 && name.startsWith(BAGGAGE_PREFIX) && value !== undefined)
      values.set(name.slice(BAGGAGE_PREFIX.length), value);
  }
  return values;
}

export const BAD_TAGS = Symbol("tags that cannot be read");

/** `a=1,b=2`, where `%2C` is a comma of a value. A name that comes twice has two readings, so it is refused. */
export function readTags(header: string | undefined): Readonly<Record<string, string>> | typeof BAD_TAGS {
  if (header === undefined || header.trim() === "") return noTags;
  const tags: Record<string, string> = {};
  const members = header.split(",");
  if (members.length > TAGS_MAX) return BAD_TAGS;
  for (const member of members) {
    const equals = member.indexOf("=");
    const name = member.slice(0, equals).trim();
    const value = decodeBytes(member.slice(equals + 1).trim());
    const isReadable = equals > 0 && TAG_NAME.test(name) && name !== "__proto__" && !Object.hasOwn(tags, name);
    if (!isReadable || Buffer.byteLength(value) > TAG_VALUE_BYTES_MAX || CONTROL.test(value)) return BAD_TAGS;
    tags[name] = value;
  }
  return tags;
}

const ENCODED_BYTES = /(?:%[0-9A-Fa-f]{2})+/g;

/** Bytes of UTF-8 as `%XX`. What is none stays as it was written: `50%` needs no encoding. */
function decodeBytes(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(ENCODED_BYTES, (bytes) => decodePercent(bytes) ?? bytes);
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
