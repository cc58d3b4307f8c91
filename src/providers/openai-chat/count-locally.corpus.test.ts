import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { expect, it } from "vitest";
import { type Exchange, hasCorpus, readExchanges } from "../../../e2e/corpus/exchanges.ts";
import { isObject } from "../usage-counts.ts";
import { dialectOf } from "../dialects.ts";
import { countLocally } from "./count-locally.ts";
import { openaiChat } from "./conversation.ts";
import { endpoints } from "../openai/endpoints.ts";

/** Recordings whose provider did not count what stands in them; each with why. */
const exceptions: Readonly<Record<string, string>> = {
  "v1/chat_completion.yaml": "of June 2023, when a message had another frame",
  "v1/chat_completion_async.yaml": "of June 2023, when a message had another frame",
  chat_completion_tool_call_streamed: "the request was recorded without its tools",
  "openllmetry/packages/opentelemetry-instrumentation-openai/tests/traces/cassettes/test_chat/test_chat_streaming.yaml":
    "another server answered under OpenAI's name",
};

const WITHOUT_TOOLS = /\/chat\/completions,200,\d?,(?:openai\/)?(?:gpt-|o[34])[^,]*,0?,/;
const AS_TEXT = { disallowedSpecial: new Set<string>() };

function countOf({
  request,
  answer,
}: Exchange): { readonly model: string; readonly ours: number; readonly theirs: number } | undefined {
  const endpoint = endpoints.find(({ path }) => path === "/v1/chat/completions");
  const asked: unknown = JSON.parse(request?.body.toString() || "null");
  const theirs = /.*"prompt_tokens":\s*(\d+)/s.exec(answer.body.toString())?.[1];
  if (endpoint === undefined || request === undefined || theirs === undefined || !isObject(asked)) return undefined;
  const { model } = asked;
  const isPlain = asked["tools"] === undefined && asked["functions"] === undefined;
  if (typeof model !== "string" || !isPlain) return undefined;
  const source = { endpoint, parameters: {}, query: new URLSearchParams(), contentType: undefined, body: request.body };
  const read = openaiChat.decodePrompt(source);
  const target = { model, outputCap: undefined, dialect: dialectOf(undefined) };
  const countable = read.ok ? countLocally(read.value.prompt, target) : undefined;
  if (countable === undefined) return undefined;
  const count = /gpt-(?:3\.5|4(?:-|$))/.test(model) ? countCl100k : countO200k;
  const ours = countable.texts.reduce((sum, text) => sum + count(text, AS_TEXT), countable.frames);
  return { model: model.slice(model.lastIndexOf("/") + 1), ours, theirs: Number(theirs) };
}

it.skipIf(!hasCorpus())("counts what recorded providers counted, to the token", { timeout: 60_000 }, () => {
  const models = new Map<string, number>();
  for (const exchange of readExchanges({ line: WITHOUT_TOOLS })) {
    const { name, place, status } = exchange;
    if (place.path !== "/v1/chat/completions" || status !== 200) continue;
    if (Object.keys(exceptions).some((part) => name.includes(part))) continue;
    const counted = countOf(exchange);
    if (counted === undefined) continue;
    expect(counted.ours, name).toBe(counted.theirs);
    models.set(counted.model, (models.get(counted.model) ?? 0) + 1);
  }
  const counts = [...models.values()];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(200);
  for (const model of ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-3.5-turbo", "gpt-4", "gpt-5", "o3-mini", "o4-mini"])
    expect(models.has(model), model).toBe(true);
});
