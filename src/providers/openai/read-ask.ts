import { type AskFacts } from "#inference";
import { err, ok, type Result } from "#std";
import { AskFields, scanAsk } from "../ask-fields.ts";
import { BodyEdit } from "../body-edit.ts";
import { dialectOf } from "../dialects.ts";
import { type JsonFindings } from "../json-findings.ts";
import { readMultipartAsk } from "../read-multipart-ask.ts";
import { readTareMetadata, type TareMetadata } from "../tare-metadata.ts";
import { operationOf, readBareAsk } from "../read-bare-ask.ts";
import { openingOf } from "../prompt-opening.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { type Ask, type AskChanges } from "../wire-format.ts";
import { askPaths } from "./ask-paths.ts";
import { OpenAiParts } from "./read-parts.ts";

const { at } = askPaths;
/** What a prompt is made of, in the order in which it is cached. */
const prompts = [at.tools, at.functions, at.instructions, at.messages, at.input, at.prompt];

/** Where each operation takes its output cap. */
const capFields = {
  chat: ["max_completion_tokens", "max_tokens"],
  completion: ["max_tokens"],
  response: ["max_output_tokens"],
} as const;

export function readAsk(source: AskSource): Result<Ask, BadAsk> {
  switch (source.endpoint.body) {
    case "json":
      return readJsonAsk(source);
    case "multipart":
      // Pictures may be edited by their ids or addresses, in plain JSON.
      return isJson(source) ? readJsonAsk(source) : readMultipartAsk(source, "openai");
    default:
      return ok(readBareAsk(source, "openai"));
  }
}

function isJson({ contentType }: AskSource): boolean {
  return contentType?.toLowerCase().startsWith("application/json") ?? false;
}

function readJsonAsk(source: AskSource): Result<Ask, BadAsk> {
  const parts = new OpenAiParts();
  const scanned = scanAsk(source.body, askPaths, parts.read);
  if (!scanned.ok) return scanned;
  const found = scanned.value;
  const fields = new AskFields(found, askPaths.names);
  const facts = readFacts(source, { fields, found, parts });
  const metadata = readTareMetadata(source.body, found, at.metadata);
  if (!metadata.ok) return metadata;
  const bodyUser = fields.text(at.user) ?? fields.text(at.safety_identifier);
  const asksForUsage = fields.object(at.stream_options) && fields.flag(at["stream_options.include_usage"]) === true;
  if (fields.problem !== undefined) return err(fields.problem);
  return ok({
    facts,
    attribution: metadata.value.attribution,
    bodyUser,
    asksForStreamUsage: asksForUsage || !hasStreamOptions(facts),
    opening: () => openingOf(source.body, found, prompts),
    rewrite: (changes) => rewrite(source.body, changes, { facts, found, metadata: metadata.value }),
  });
}

/** Only these two put usage into a stream on demand; the others always do, or never. */
function hasStreamOptions({ operation }: AskFacts): boolean {
  return operation === "chat" || operation === "completion";
}

interface Reading {
  readonly fields: AskFields;
  readonly found: JsonFindings;
  readonly parts: OpenAiParts;
}

function readFacts(source: AskSource, reading: Reading): AskFacts {
  const { fields, found, parts } = reading;
  const { operation } = source.endpoint;
  if (operation === "response" || operation === "count-tokens") readStoredContext(reading);
  if (operation === "image") parts.refer(found.text(at["mask.file_id"]));
  if (operation === "image" || operation === "speech") parts.unbounded.add("media_output");
  if (fields.isGiven(at.web_search_options)) parts.unbounded.add("server_tool");
  const background = fields.flag(at.background) ?? false;
  fields.flag(at.store);
  const facts = {
    format: "openai",
    operation: operationOf(source.endpoint),
    model: fields.text(at.model),
    stream: fields.flag(at.stream) ?? false,
    background,
    bodyBytes: source.body.length,
    messages: countMessages(source, reading),
    tools: fields.size(at.tools) + fields.size(at.functions),
    outputCap: outputCap(source, fields),
    choices: countChoices(source, reading),
    serviceTier: fields.text(at.service_tier),
    writesLongCache: false,
    unbounded: [...parts.unbounded],
    inlineMedia: parts.inlineMedia,
    references: [...Object.values(source.parameters), ...parts.references],
  } as const;
  if (operation === "speech") return { ...facts, ...charactersOf(reading) };
  // A list of token numbers is one text.
  return operation === "embedding" && parts.texts > 0 ? { ...facts, items: parts.texts } : facts;
}

function readStoredContext({ fields, found, parts }: Reading): void {
  const previous = fields.text(at.previous_response_id);
  if (previous !== undefined) parts.recall(previous);
  if (fields.isGiven(at.conversation)) parts.recall(found.text(at.conversation) ?? found.text(at["conversation.id"]));
  if (fields.isGiven(at.prompt)) parts.recall(found.text(at["prompt.id"]));
  if (found.kind(at["prompt.variables"]) === "object") parts.variables(found.raw(at["prompt.variables"]));
}

function countMessages({ endpoint }: AskSource, { fields, found, parts }: Reading): number {
  if (endpoint.operation === "chat") return fields.size(at.messages);
  if (endpoint.operation === "completion") return Math.max(parts.prompts, 1);
  return found.kind(at.input) === "array" ? found.count(at.input) : 1;
}

function countChoices({ endpoint }: AskSource, { fields, parts }: Reading): number {
  const choices = Math.max(fields.count(at.n) ?? 1, 1);
  if (endpoint.operation !== "completion") return choices;
  return Math.max(choices, fields.count(at.best_of) ?? 1) * Math.max(parts.prompts, 1);
}

/** The largest of the caps that are given: which of two a provider obeys is its own affair. */
function outputCap(source: AskSource, fields: AskFields): number | undefined {
  let most: number | undefined;
  for (const name of capFieldsOf(source.endpoint.operation)) {
    const cap = fields.count(at[name]);
    if (cap !== undefined) most = Math.max(cap, most ?? 0);
  }
  return most;
}

function capFieldsOf(operation: string): readonly (typeof capFields)[keyof typeof capFields][number][] {
  return operation === "chat" || operation === "completion" || operation === "response" ? capFields[operation] : [];
}

/** Some speech models are billed by the characters they are given. */
function charactersOf({ found }: Reading): { readonly characters?: number } {
  const text = found.text(at.input);
  return text === undefined ? {} : { characters: Array.from(text).length };
}

interface Reread {
  readonly facts: AskFacts;
  readonly found: JsonFindings;
  readonly metadata: TareMetadata;
}

function rewrite(body: Buffer, changes: AskChanges, reread: Reread): Buffer {
  const { facts, found, metadata } = reread;
  const edit = new BodyEdit(body, found, metadata.cuts);
  if (changes.model !== undefined && changes.model !== facts.model) {
    edit.set(at.model, "model", JSON.stringify(changes.model));
  }
  if (changes.outputCap !== undefined) capOutput(edit, changes, reread);
  if (changes.includeUsage && facts.stream && hasStreamOptions(facts)) includeUsage(edit, found);
  return edit.apply();
}

function includeUsage(edit: BodyEdit, found: JsonFindings): void {
  const asked = at["stream_options.include_usage"];
  if (found.kind(asked) === "true") return;
  if (found.kind(asked) !== undefined) edit.set(asked, "include_usage", "true");
  else if (found.kind(at.stream_options) === "object") edit.addTo(at.stream_options, '"include_usage":true');
  else edit.set(at.stream_options, "stream_options", '{"include_usage":true}');
}

/** Lowers each cap that is too high; where there is none, writes the one that the server obeys. */
function capOutput(edit: BodyEdit, { outputCap: cap, dialect }: AskChanges, { facts, found }: Reread): void {
  const names = capFieldsOf(facts.operation);
  const given = names.filter((name) => found.kind(at[name]) === "number");
  for (const name of given) if (Number(found.raw(at[name])) > (cap ?? Infinity)) edit.set(at[name], name, String(cap));
  const [first] = names;
  if (given.length > 0 || first === undefined) return;
  const chosen = names.find((name) => name === dialectOf(dialect).outputCapField) ?? first;
  edit.set(at[chosen], chosen, String(cap));
}
