import { type AskFacts } from "#inference";
import { err, ok, type Result } from "#std";
import { AskFields, scanAsk } from "../ask-fields.ts";
import { BodyEdit } from "../body-edit.ts";
import { type JsonFindings } from "../json-findings.ts";
import { operationOf } from "../read-bare-ask.ts";
import { openingOf } from "../prompt-opening.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { type Ask, type AskChanges } from "../wire-format.ts";
import { askPaths } from "./ask-paths.ts";
import { modelName } from "./endpoints.ts";
import { GeminiParts } from "./read-parts.ts";

const { at } = askPaths;
/** What a prompt is made of, in the order in which it is cached. */
const prompts = [at.tools, at["systemInstruction|system_instruction"], at.contents];
const config = at["generationConfig|generation_config"];
const outputCap = at["generationConfig|generation_config.maxOutputTokens|max_output_tokens"];
const choices = at["generationConfig|generation_config.candidateCount|candidate_count"];
const modalities = at["generationConfig|generation_config.responseModalities|response_modalities"];

/** Parameters of all Google APIs that change the shape of the answer, so that its usage would be hidden. */
const HIDING = /^\$?(?:fields|callback)$/;

function hidingParameter({ query }: AskSource): BadAsk | undefined {
  for (const [name, value] of query) {
    const isHiding = HIDING.test(name) || (/^\$?alt$/.test(name) && value !== "sse" && value !== "json");
    if (isHiding)
      return { type: "invalid_field", field: name.slice(0, 16), detail: "would hide the usage of the answer" };
  }
  return undefined;
}

export function readAsk(source: AskSource): Result<Ask, BadAsk> {
  const hiding = hidingParameter(source);
  if (hiding !== undefined) return err(hiding);
  const parts = new GeminiParts();
  const scanned = scanAsk(source.body, askPaths, parts.read);
  if (!scanned.ok) return scanned;
  const found = scanned.value;
  const fields = new AskFields(found, askPaths.names);
  const facts = readFacts(source, { fields, found, parts });
  if (fields.problem !== undefined) return err(fields.problem);
  return ok({
    facts,
    attribution: {},
    bodyUser: undefined,
    asksForStreamUsage: true,
    opening: () => openingOf(source.body, found, prompts),
    rewrite: (changes) => rewrite(source.body, changes, { facts, found, parts }),
  });
}

interface Reading {
  readonly fields: AskFields;
  readonly found: JsonFindings;
  readonly parts: GeminiParts;
}

function readFacts(source: AskSource, { fields, found, parts }: Reading): AskFacts {
  const kept = fields.text(at["cachedContent|cached_content"]);
  if (kept !== undefined) {
    parts.refer(kept);
    parts.unbounded.add("stored_context");
  }
  if (fields.isGiven(modalities) && /image|audio|video/i.test(found.raw(modalities) ?? "image")) {
    parts.unbounded.add("media_output");
  }
  fields.object(config);
  return {
    format: "gemini",
    operation: operationOf(source.endpoint),
    model: modelName(source.parameters["model"] ?? ""),
    stream: source.endpoint.path.endsWith(":streamGenerateContent"),
    background: false,
    bodyBytes: source.body.length,
    messages: fields.size(at.contents) + fields.size(at.requests),
    tools: fields.size(at.tools),
    outputCap: fields.count(outputCap),
    choices: Math.max(fields.count(choices) ?? 1, 1),
    serviceTier: fields.text(at["serviceTier|service_tier"]),
    writesLongCache: false,
    unbounded: [...parts.unbounded],
    inlineMedia: parts.inlineMedia,
    references: [...parts.references],
    ...(source.endpoint.operation === "embedding" ? { items: Math.max(fields.size(at.requests), 1) } : {}),
  };
}

interface Reread {
  readonly facts: AskFacts;
  readonly found: JsonFindings;
  readonly parts: GeminiParts;
}

/** The model of the call stands in the path; where a body names it once more, it must be the same. */
function rewrite(body: Buffer, { model, outputCap: cap }: AskChanges, { facts, found, parts }: Reread): Buffer {
  const edit = new BodyEdit(body, found, []);
  if (model !== undefined && model !== facts.model) {
    const name = JSON.stringify(`models/${modelName(model)}`);
    for (const slot of [at.model, at["generateContentRequest|generate_content_request.model"]]) {
      if (found.kind(slot) === "string") edit.set(slot, "model", name);
    }
    for (const range of parts.models) edit.replace({ ...range, text: name });
  }
  if (cap !== undefined && facts.operation === "chat" && (facts.outputCap ?? Infinity) > cap)
    capOutput(edit, cap, found);
  return edit.apply();
}

function capOutput(edit: BodyEdit, cap: number, found: JsonFindings): void {
  if (found.kind(outputCap) !== undefined) edit.set(outputCap, "maxOutputTokens", String(cap));
  else if (found.kind(config) === "object") edit.addTo(config, `"maxOutputTokens":${cap}`);
  else edit.set(config, "generationConfig", `{"maxOutputTokens":${cap}}`);
}
