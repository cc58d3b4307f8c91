/** Whom a step says that it is for: the same dimensions as a call's headers, checked the same way. */
import { createHash } from "node:crypto";
import { type Attribution, dimensions } from "#events";
import { tare } from "./dialects/tare.ts";
import { readDimension, readFact } from "./read-fact.ts";
import { type Attributes } from "./span.ts";
import { type StepFacts } from "./step-facts.ts";

const VALUE_BYTES_MAX = 128;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const INTERACTION = /^[A-Za-z0-9_.:-]{1,64}$/;
const TAG_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TAGS_MAX = 16;

/** What the span says comes before what the program that sent it says of all its spans. */
export function readSaid(attributes: Attributes, resource: Attributes): StepFacts["said"] {
  const said: { -readonly [Name in keyof StepFacts["said"]]: string } = {};
  for (const dimension of dimensions) {
    const value = readDimension(attributes, dimension) ?? readDimension(resource, dimension);
    if (value !== undefined) said[dimension] = fit(value);
  }
  return said;
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
