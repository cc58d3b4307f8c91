import { type AskFacts, type FormatName } from "#inference";
import { err, ok, type Result } from "#std";
import { listParts, type Part } from "./multipart.ts";
import { operationOf } from "./read-bare-ask.ts";
import { applySplices } from "./splice.ts";
import { type AskSource, type BadAsk } from "./ask-source.ts";
import { type Ask } from "./wire-format.ts";

const controlled = ["model", "stream", "n", "user", "response_format"] as const;

/** A form with files: its model, its flags, and how many files it carries. */
export function readMultipartAsk(source: AskSource, format: FormatName): Result<Ask, BadAsk> {
  const listed = listParts(source.body, source.contentType);
  if (!listed.ok) return listed;
  const found = new Map<string, Part>();
  for (const part of listed.value) {
    const field = controlled.find((name) => name === part.name.toLowerCase());
    if (field === undefined) continue;
    if (found.has(field) || part.name !== field || part.isFile) {
      return err({ type: "ambiguous_field", field, at: part.from });
    }
    found.set(field, part);
  }
  const text = (name: (typeof controlled)[number]) => {
    const part = found.get(name);
    return part === undefined ? undefined : source.body.toString("utf8", part.from, part.to);
  };
  const choices = text("n") ?? "1";
  if (!/^[0-9]{1,4}$/.test(choices))
    return err({ type: "invalid_field", field: "n", detail: "must be a whole number" });
  const facts = readFacts(source, {
    format,
    model: text("model"),
    stream: text("stream")?.toLowerCase() === "true",
    choices: Math.max(Number(choices), 1),
    inlineMedia: listed.value.filter((part) => part.isFile).length,
  });
  return ok({
    facts,
    attribution: {},
    bodyUser: text("user"),
    asksForStreamUsage: true,
    rewrite: ({ model }) => {
      const part = found.get("model");
      if (model === undefined || part === undefined || model === facts.model) return source.body;
      return applySplices(source.body, [{ from: part.from, to: part.to, text: model }]);
    },
  });
}

type FormFacts = Pick<AskFacts, "format" | "model" | "stream" | "choices" | "inlineMedia">;

function readFacts({ endpoint, body }: AskSource, form: FormFacts): AskFacts {
  const operation = operationOf(endpoint);
  return {
    ...form,
    operation,
    background: false,
    bodyBytes: body.length,
    messages: 1,
    tools: 0,
    outputCap: undefined,
    serviceTier: undefined,
    writesLongCache: false,
    unbounded: operation === "image" ? ["media_output"] : [],
    references: [],
  };
}
