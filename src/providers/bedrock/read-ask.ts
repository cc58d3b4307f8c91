import { type AskFacts } from "#inference";
import { err, ok, type Result } from "#std";
import { AskFields, scanAsk } from "../ask-fields.ts";
import { BodyEdit } from "../body-edit.ts";
import { type JsonFindings } from "../json-findings.ts";
import { operationOf } from "../read-bare-ask.ts";
import { type AskSource, type BadAsk } from "../ask-source.ts";
import { type Ask, type AskChanges } from "../wire-format.ts";
import { askPaths } from "./ask-paths.ts";
import { BedrockParts } from "./read-parts.ts";

const { at } = askPaths;
const config = at.inferenceConfig;
const outputCap = at["inferenceConfig.maxTokens"];

export function readAsk(source: AskSource): Result<Ask, BadAsk> {
  const parts = new BedrockParts();
  const scanned = scanAsk(source.body, askPaths, parts.read);
  if (!scanned.ok) return scanned;
  const found = scanned.value;
  const fields = new AskFields(found, askPaths.names);
  const facts = readFacts(source, fields, parts);
  if (fields.problem !== undefined) return err(fields.problem);
  return ok({
    facts,
    attribution: {},
    bodyUser: undefined,
    asksForStreamUsage: true,
    rewrite: (changes) => rewrite(source.body, changes, { facts, found }),
  });
}

function readFacts(source: AskSource, fields: AskFields, parts: BedrockParts): AskFacts {
  fields.object(config);
  return {
    format: "bedrock",
    operation: operationOf(source.endpoint),
    model: source.parameters["model"] ?? "",
    stream: source.endpoint.path.endsWith("/converse-stream"),
    background: false,
    bodyBytes: source.body.length,
    messages: fields.size(at.messages),
    tools: fields.size(at["toolConfig.tools"]),
    outputCap: fields.count(outputCap),
    choices: 1,
    serviceTier: undefined,
    writesLongCache: parts.writesLongCache,
    unbounded: [],
    inlineMedia: parts.inlineMedia,
    references: [],
  };
}

/** The model stands in the path alone. */
function rewrite(
  body: Buffer,
  { outputCap: cap }: AskChanges,
  { facts, found }: { readonly facts: AskFacts; readonly found: JsonFindings },
): Buffer {
  const edit = new BodyEdit(body, found, []);
  if (cap !== undefined && (facts.outputCap ?? Infinity) > cap) {
    if (found.kind(outputCap) !== undefined) edit.set(outputCap, "maxTokens", String(cap));
    else if (found.kind(config) === "object") edit.addTo(config, `"maxTokens":${cap}`);
    else edit.set(config, "inferenceConfig", `{"maxTokens":${cap}}`);
  }
  return edit.apply();
}
