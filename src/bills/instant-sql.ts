/**
 * How instants of a file are written. FOCUS asks for ISO 8601 in UTC, and what names no zone is UTC. `3/4/25` is March to some
 * and April to others, so days of that kind are read only where somebody says which.
 */
export const dateStyles = ["iso", "mdy", "dmy"] as const;
export type DateStyle = (typeof dateStyles)[number];

const ISO =
  "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?";

/** As FOCUS itself writes them, and so almost every file: read in three quarters of the time, without a zone to look up. */
const UTC = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z";

const formats = {
  mdy: ["%m/%d/%y", "%m/%d/%Y", "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"],
  dmy: ["%d/%m/%y", "%d/%m/%Y", "%d/%m/%y %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"],
} as const;

/** Milliseconds since 1970 of a text, NULL when it is not written in this way. */
export function instantSql(text: string, style: DateStyle): string {
  const plain = `replace(replace(${text}, ' UTC', 'Z'), 'UTC', 'Z')`;
  const iso = `CASE WHEN regexp_full_match(${text}, '${UTC}') THEN epoch_ms(try_cast(left(${text}, 19) AS TIMESTAMP))
    WHEN regexp_full_match(${text}, '${ISO}') THEN epoch_ms(try_cast(${plain} AS TIMESTAMPTZ)) END`;
  if (style === "iso") return iso;
  const written = formats[style].map((format) => `'${format}'`).join(", ");
  return `coalesce(${iso}, epoch_ms(try_strptime(${text}, [${written}])))`;
}
