/** Whom an interaction is for, as spans and as headers say it: the same values either way. */
import { createHash } from "node:crypto";
import { type Attributes } from "./span.ts";

/** Whom an interaction is for; everything within it inherits this. */
export interface About {
  /** 1 to 64 of A-Z a-z 0-9 _ . : - ; a new one by default, and where it is another text. */
  readonly interaction?: string;
  readonly feature?: string;
  readonly customer?: string;
  readonly user?: string;
  readonly session?: string;
  readonly environment?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const names = ["feature", "customer", "user", "session", "environment"] as const;
const INTERACTION = /^[A-Za-z0-9_.:-]{1,64}$/;
const TAG_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TAGS_MAX = 16;
const VALUE_BYTES_MAX = 128;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** What stands in a header of tags as it is: no comma, nothing that is more than one byte, and nothing that reads as encoded. */
const PLAIN = /^(?!.*%[0-9A-Fa-f]{2})[\u0020-\u002b\u002d-\u007e]*$/;
const ENCODED = /[%,]|[^\u0020-\u007e]+/gu;
const REPLACED = "\ufffd";

export function aboutAttributes(about: About): Attributes {
  const attributes: Record<string, string | undefined> = { "tare.interaction": interactionOf(about) };
  for (const name of names) attributes[`tare.${name}`] = fit(about[name]);
  for (const [name, value] of tagsOf(about)) attributes[`tare.tag.${name}`] = value;
  return attributes;
}

/** Tare refuses a call whose headers it cannot read, and `fetch` one with other characters than bytes: none is sent. */
export function aboutHeaders(about: About, trace: string): Record<string, string> {
  const headers: Record<string, string> = { "x-tare-interaction": interactionOf(about) ?? trace };
  for (const name of names) {
    const value = fit(about[name]);
    // UTF-8, one character for each byte, which is how headers are read.
    if (value !== undefined) headers[`x-tare-${name}`] = Buffer.from(value).toString("latin1");
  }
  const tags = tagsOf(about).map(([name, value]) => `${name}=${encodeTag(value)}`);
  if (tags.length > 0) headers["x-tare-tags"] = tags.join(",");
  return headers;
}

/** Undefined for one that Tare would not take either from a header or from a span. */
function interactionOf({ interaction }: About): string | undefined {
  const id = textOf(interaction);
  return id !== undefined && INTERACTION.test(id) ? id : undefined;
}

/** Without those that say nothing. */
function tagsOf({ tags }: About): readonly (readonly [string, string])[] {
  return Object.entries({ ...tags })
    .flatMap(([name, given]) => {
      const value = fit(given);
      const isTag = value !== undefined && TAG_NAME.test(name) && name !== "__proto__";
      return isTag ? [[name, value] as const] : [];
    })
    .slice(0, TAGS_MAX);
}

/** As `x-tare-tags` has it: most values as they are. */
function encodeTag(value: string): string {
  return PLAIN.test(value) ? value : value.replace(ENCODED, encodeURIComponent);
}

/** What cannot stand in Tare's books stands there as its digest, the same that Tare makes of it. */
function fit(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const isReadable = Buffer.byteLength(text) <= VALUE_BYTES_MAX && !CONTROL.test(text) && !text.includes(REPLACED);
  return isReadable ? text : `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

/** Programs without types give numbers and nulls. */
function textOf(value: unknown): string | undefined {
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "bigint";
  const text = isText ? String(value).toWellFormed().trim() : "";
  return text === "" ? undefined : text;
}
