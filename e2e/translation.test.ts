/** Any client to any provider: the official SDKs of one format read recorded answers of another through the gateway. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Exchange, hasCorpus, readExchanges } from "./corpus/exchanges.ts";
import { askAs, type Format, formats, type Understood } from "./translation-clients.ts";
import { models, setTranslationStage, type TranslationStage } from "./translation-stage.ts";

let stage: TranslationStage;
beforeAll(async () => {
  stage = await setTranslationStage();
});
afterAll(() => stage.strike());

const paths: Readonly<Record<Format, RegExp>> = {
  "openai-chat": /^\/v1\/chat\/completions$/,
  "openai-responses": /^\/v1\/responses$/,
  anthropic: /^\/v1\/messages$/,
  gemini: /:(?:streamGenerateContent|generateContent)$/,
};

/** What a recording must hold, so that each kind of answer is among those that are replayed. */
const kinds: Readonly<Record<string, RegExp>> = {
  text: /"(?:text|content|delta)":\s*"\w/,
  "a tool call": /"(?:tool_use|function_call|tool_calls|functionCall)"/,
  "parallel tool calls":
    /"tool_use"[\s\S]*"tool_use"|"type":"function"[\s\S]*"type":"function"|"type":"function_call"[\s\S]*"fc_[\s\S]*"type":"function_call"|"functionCall"[\s\S]*"functionCall"/,
  thinking: /"(?:thinking|reasoning_content|reasoning|encrypted_content|thoughtSignature)":\s*"\w/,
  "an end at the cap": /"(?:max_tokens|length|MAX_TOKENS|max_output_tokens)"/,
};

const EACH_MAX = 4;

/** Recordings that their own SDK reads, but no other reader could agree with; each with what is wrong in it. */
const exceptions: Readonly<Record<string, string>> = {
  test_openrouter_cache_instructions_gemini: "the same tokens are counted as read from the cache and written to it",
  anthropic_advisor_tool: "a part is billed at another model's rates, so its counts are not given on",
  "anthropic-advisor": "a part is billed at another model's rates, so its counts are not given on",
  "google-stream-": "arguments of calls come in pieces, which nobody asks for in a translated call",
  "google-vertex-stream-": "arguments of calls come in pieces, which nobody asks for in a translated call",
  "azure-reasoning-encrypted-content": "several responses in one stream",
};

function recordings(exchanges: readonly Exchange[], format: Format, stream: boolean): readonly Exchange[] {
  const usable = exchanges.filter(
    ({ name, place, status, answer, method }) =>
      method === "POST" &&
      status === 200 &&
      paths[format].test(place.path) &&
      answer.body.length > 2 &&
      !Object.keys(exceptions).some((part) => name.includes(part)) &&
      /^(?:data|event|:)/.test(answer.body.toString("latin1", 0, 8)) === stream &&
      (stream || answer.body[0] === 0x7b) &&
      !/"error":\s*[{"]/.test(answer.body.toString()),
  );
  const chosen = Object.values(kinds).flatMap((kind) =>
    usable.filter(({ answer }) => kind.test(answer.body.toString())).slice(0, EACH_MAX),
  );
  return [...new Set(chosen)];
}

/** What the provider's own SDK understands of the recording, without any gateway. */
async function oracle(format: Format, stream: boolean): Promise<Understood | undefined> {
  try {
    return await askAs(format, { url: stage.upstream.origin, key: "k", model: "m" }, { stream });
  } catch {
    // Recordings of other servers are not always what the SDK of the format's maker takes.
    return undefined;
  }
}

/** A call whose format its target speaks goes on byte for byte, which other tests show. */
function isTranslated({ client, target }: { readonly client: Format; readonly target: Format }): boolean {
  return client !== target && !(client === "openai-chat" && target === "openai-responses");
}

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded answers", () => {
  const exchanges = hasCorpus() ? [...readExchanges()] : [];
  const cases = formats.flatMap((target) =>
    formats.flatMap((client) => [true, false].map((stream) => ({ client, target, stream }))),
  );

  it.each(cases.filter(isTranslated))(
    "of $target are understood by $client as by their own SDK, streamed: $stream",
    async ({ client, target, stream }) => {
      let compared = 0;
      for (const exchange of recordings(exchanges, target, stream)) {
        stage.upstream.ready(exchange);
        const expected = await oracle(target, stream);
        if (expected === undefined) continue;
        const understood = await askAs(client, stage.place(models[target]), { stream });
        expect({ name: exchange.name, ...understood }).toEqual({ name: exchange.name, ...expected });
        compared += 1;
      }
      console.info(`  ${client} <- ${target}, streamed ${stream}: ${compared} recordings`);
      expect(compared).toBeGreaterThan(3);
    },
  );
});
