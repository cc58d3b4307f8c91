/** Whom a step says that it is for: the same dimensions as a call's headers, checked the same way. */
import { createHash } from "node:crypto";
import { type Attribution, dimensions } from "#events";
import { tare } from "./dialects/tare.ts";
import { dimensionKeys, firstText, readFact } from "./read-fact.ts";
import { type Attributes } from "./span.ts";
import { type Said, type SaidBy } from "./step-facts.ts";

const VALUE_BYTES_MAX = 128;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const INTERACTION = /^[A-Za-z0-9_.:-]{1,64}$/;
const TAG_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TAGS_MAX = 16;

/** One for all that say nothing, which most of hundreds of thousands of steps do. */
export const NOTHING_SAID: Said = {};

export function readSaid(attributes: Attributes, resource: Attributes): SaidBy {
  return {
    itself: readDimensions(attributes, dimensionKeys.ours),
    dialect: readDimensions(attributes, dimensionKeys.theirs),
    program: readDimensions(resource, dimensionKeys.all),
    booked: NOTHING_SAID,
  };
}

function readDimensions(attributes: Attributes, keys: (typeof dimensionKeys)["all"]): Said {
  if (attributes.size === 0) return NOTHING_SAID;
  let said: { -readonly [Name in keyof Said]: string } | undefined;
  for (const dimension of dimensions) {
    const value = firstText(attributes, keys[dimension]);
    if (value !== undefined) (said ??= {})[dimension] = fit(value);
  }
  return said ?? NOTHING_SAID;
}

/** Undefined where the span names none, or one that no header could name. */
export function readInteraction(attributes: Attributes): string | undefined {
  const value = readFact(attributes, "interaction");
  return value !== undefined && INTERACTION.test(value) ? value : undefined;
}

const NO_TAGS: Attribution["tags"] = {};

export function readTags(attributes: Attributes): Attribution["tags"] {
  let tags: Record<string, string> | undefined;
  let count = 0;
  for (const [name, value] of attributes) {
    const beginning = tare.tags.find((each) => name.startsWith(each));
    if (beginning === undefined || count === TAGS_MAX) continue;
    const tag = name.slice(beginning.length);
    if (!TAG_NAME.test(tag) || tag === "__proto__" || typeof value === "object") continue;
    tags ??= {};
    tags[tag] = fit(String(value));
    count += 1;
  }
  return tags ?? NO_TAGS;
}

/** A value that cannot stand in the books as it is stands there as its digest: spans are not refused for one attribute. */
export function fit(value: string): string {
  if (Buffer.byteLength(value) <= VALUE_BYTES_MAX && !CONTROL.test(value)) return value;
  return `sha256:${createHash("sha256").update(value).digest("hex").slice(0, 32)}`;
}
