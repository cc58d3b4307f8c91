import { spendDimensions } from "#contract";
import { err, ok, type Result } from "#std";
import { type ControlProblem } from "./problems.ts";
import { isDimension } from "./read-query.ts";
import { suggest } from "./suggest.ts";

const DIMENSIONS_MAX = 8;

interface Question {
  readonly by?: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tz?: string;
}

/** What a schema of single fields cannot say: dimensions exist and come once, time goes forward, the zone is known. */
export function checkQuestion(question: Question): Result<void, ControlProblem> {
  const { by = [], from, to, tz } = question;
  const fields: { path: string; detail: string }[] = [];
  for (const [index, name] of by.entries()) {
    if (!isDimension(name)) {
      fields.push({ path: "by", detail: `\`${name.slice(0, 64)}\` is no dimension.${suggest(name, spendDimensions)}` });
    } else if (by.indexOf(name) !== index) fields.push({ path: "by", detail: `\`${name}\` comes twice.` });
  }
  if (by.length > DIMENSIONS_MAX) fields.push({ path: "by", detail: `At most ${DIMENSIONS_MAX} dimensions.` });
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) {
    fields.push({ path: "to", detail: "Must be after `from`; it is exclusive." });
  }
  if (tz !== undefined && !isTimeZone(tz)) fields.push({ path: "tz", detail: "No IANA time zone of this name." });
  if (fields.length === 0) return ok(undefined);
  return err({ code: "invalid_query", detail: "Some query parameters are wrong.", fields });
}

function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are good for Intl but not for every store.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
