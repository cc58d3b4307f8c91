import { type AskFacts } from "#inference";
import { err, ok, type Result } from "#std";
import { AskFields, scanAsk } from "../ask-fields.ts";
import { BodyEdit } from "../body-edit.ts";
import { type JsonFindings } from "../json-findings.ts";
import { operationOf } from "../read-bare-ask.ts";
import { readTareMetadata, type TareMetadata } from "../tare-metadata.ts";
import { openingOf } from "../prompt-opening.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { type Ask, type AskChanges } from "../wire-format.ts";
import { askPaths } from "./ask-paths.ts";
import { AnthropicParts } from "./read-parts.ts";
import { geographyOf } from "./usage.ts";

const { at } = askPaths;
/** What a prompt is made of, in the order in which it is cached. */
const prompts = [at.tools, at.system, at.messages];

export function readAsk(source: AskSource): Result<Ask, BadAsk> {
  const parts = new AnthropicParts();
  const scanned = scanAsk(source.body, askPaths, parts.read);
  if (!scanned.ok) return scanned;
  const found = scanned.value;
  const fields = new AskFields(found, askPaths.names);
  const facts = readFacts(source, { fields, found, parts });
  const metadata = readTareMetadata(source.body, found, at.metadata);
  if (!metadata.ok) return metadata;
  const bodyUser = fields.object(at.metadata) ? fields.text(at["metadata.user_id"]) : undefined;
  if (fields.problem !== undefined) return err(fields.problem);
  return ok({
    facts,
    attribution: metadata.value.attribution,
    bodyUser,
    asksForStreamUsage: true,
    opening: () => openingOf(source.body, found, prompts),
    rewrite: (changes) => rewrite(source.body, changes, { facts, found, metadata: metadata.value }),
  });
}

interface Reading {
  readonly fields: AskFields;
  readonly found: JsonFindings;
  readonly parts: AnthropicParts;
}

function readFacts(source: AskSource, { fields, found, parts }: Reading): AskFacts {
  if (fields.isGiven(at.mcp_servers)) parts.unbounded.add("server_tool");
  if (fields.isGiven(at.container)) {
    parts.refer(found.text(at.container) ?? found.text(at["container.id"]));
    parts.unbounded.add("stored_context");
  }
  parts.cached(found.text(at["cache_control.ttl"]));
  return {
    format: "anthropic",
    operation: operationOf(source.endpoint),
    model: fields.text(at.model),
    stream: fields.flag(at.stream) ?? false,
    background: false,
    bodyBytes: source.body.length,
    messages: fields.size(at.messages),
    tools: fields.size(at.tools),
    outputCap: fields.count(at.max_tokens),
    choices: 1,
    serviceTier: tierAsked(fields),
    writesLongCache: parts.writesLongCache,
    unbounded: [...parts.unbounded],
    inlineMedia: parts.inlineMedia,
    references: [...parts.references],
  };
}

/** Where inference is kept in one geography, whichever tier it is asked at: beside another tier no rates are known. */
function tierAsked(fields: AskFields): string | undefined {
  const isFast = fields.text(at.speed) === "fast";
  const tier = isFast ? "fast" : fields.text(at.service_tier);
  const geography = geographyOf(fields.text(at.inference_geo));
  if (geography === undefined) return tier;
  return isFast ? `fast_${geography}` : geography;
}

interface Reread {
  readonly facts: AskFacts;
  readonly found: JsonFindings;
  readonly metadata: TareMetadata;
}

function rewrite(body: Buffer, { model, outputCap }: AskChanges, { facts, found, metadata }: Reread): Buffer {
  const edit = new BodyEdit(body, found, metadata.cuts);
  if (model !== undefined && model !== facts.model) edit.set(at.model, "model", JSON.stringify(model));
  const mayCap = facts.operation === "chat" && outputCap !== undefined;
  if (mayCap && (facts.outputCap ?? Infinity) > outputCap) edit.set(at.max_tokens, "max_tokens", String(outputCap));
  return edit.apply();
}
