/** AWS Bedrock behind every client: the official SDKs read recorded answers of Converse and its binary stream through the gateway. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EntryPage } from "#contract";
import { type Exchange, hasCorpus, readExchanges } from "./corpus/exchanges.ts";
import { Product } from "./harness/product.ts";
import { type ReplayingUpstream, startReplayingUpstream } from "./harness/replaying-upstream.ts";
import { askAs, formats, type Understood } from "./translation-clients.ts";

const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYcanary";

let upstream: ReplayingUpstream;
let product: Product;
let key: string;
beforeAll(async () => {
  upstream = await startReplayingUpstream();
  product = new Product({
    config: `providers:
  bedrock:
    format: bedrock
    base_url: "${upstream.origin}"
    prices: aws
    aws: { region: us-east-1, access_key_id: "\${AWS_ACCESS_KEY_ID}", secret_access_key: "\${AWS_SECRET_ACCESS_KEY}" }
    api_key: none
limits: { lag: 10s }
`,
    env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: SECRET },
  });
  await product.start();
  ({ secret: key } = await product.createKey({ name: "bedrock", team: "web", feature: "chat" }));
});
afterAll(async () => {
  await product.stop();
  upstream.close();
  product.remove();
});

interface Block {
  readonly text?: string;
  readonly toolUse?: { readonly name?: string; readonly input?: unknown };
}

interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
}

/** An answer, or an event of a stream. */
interface Said {
  readonly output?: { readonly message: { readonly content: readonly Block[] } };
  readonly contentBlockIndex?: number;
  readonly start?: Block;
  readonly delta?: Block;
  readonly stopReason?: string;
  readonly usage?: Usage;
}

/** The events of a binary stream, taken apart by their lengths alone. */
function eventsIn(body: Buffer): readonly Said[] {
  const events: Said[] = [];
  for (let at = 0; at < body.length; at += body.readUInt32BE(at)) {
    const from = at + 12 + body.readUInt32BE(at + 4);
    events.push(JSON.parse(body.toString("utf8", from, at + body.readUInt32BE(at) - 4)));
  }
  return events;
}

function blocksOf(said: readonly Said[]): readonly Block[] {
  const [whole] = said;
  if (whole?.output !== undefined) return whole.output.message.content;
  return said.flatMap(({ contentBlockIndex: index, start }) => {
    if (start?.toolUse === undefined) return [];
    const pieces = said.flatMap(({ contentBlockIndex, delta }) =>
      contentBlockIndex === index ? [typeof delta?.toolUse?.input === "string" ? delta.toolUse.input : ""] : [],
    );
    return [{ toolUse: { name: start.toolUse.name ?? "", input: JSON.parse(pieces.join("") || "{}") } }];
  });
}

/** The plain way, without any code of ours. */
function expectedOf({ answer, place }: Exchange): Understood {
  const said = place.path.endsWith("-stream") ? eventsIn(answer.body) : [JSON.parse(answer.body.toString()) as Said];
  const blocks = blocksOf(said);
  const texts = [...blocks, ...said.flatMap(({ delta }) => delta ?? [])].map(({ text }) => text ?? "");
  const usage = said.findLast((one) => one.usage !== undefined)?.usage;
  return {
    text: texts.join(""),
    calls: blocks.flatMap(({ toolUse }) =>
      toolUse === undefined ? [] : [{ name: toolUse.name, input: toolUse.input }],
    ),
    inputTokens: (usage?.inputTokens ?? 0) + (usage?.cacheReadInputTokens ?? 0) + (usage?.cacheWriteInputTokens ?? 0),
    outputTokens: usage?.outputTokens ?? 0,
    isCutShort: said.some(({ stopReason }) => stopReason === "max_tokens"),
  };
}

if (!hasCorpus()) console.info("Skipped: the recorded exchanges are not there.");

describe.skipIf(!hasCorpus())("Recorded answers of Bedrock", () => {
  const exchanges = hasCorpus() ? [...readExchanges({ isBedrock: true })].filter(({ status }) => status === 200) : [];
  const cases = formats.flatMap((client) => [true, false].map((stream) => ({ client, stream })));

  it.each(cases)("are understood by $client as they read plainly, streamed: $stream", async ({ client, stream }) => {
    const recordings = exchanges.filter(({ place }) => place.path.endsWith("-stream") === stream);
    for (const exchange of recordings) {
      upstream.ready(exchange);
      const understood = await askAs(client, { url: product.dataPlane, key, model: `bedrock/${MODEL}` }, { stream });
      expect({ name: exchange.name, ...understood }).toEqual({ name: exchange.name, ...expectedOf(exchange) });
    }
    const [sent] = upstream.received;
    expect(sent?.path).toBe(`/model/${encodeURIComponent(MODEL)}/converse${stream ? "-stream" : ""}`);
    expect(sent?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\//,
    );
    expect(recordings.length).toBeGreaterThan(20);
  });

  it("are booked at Bedrock's own prices, to the nano", async () => {
    await product.waitUntilBooked();
    const { rows } = await product.api<EntryPage>("/entries?limit=1000");
    expect(rows.length).toBe(exchanges.length * formats.length);
    for (const { usage, nanos, state } of rows) {
      expect(state).toBe("answered");
      // Claude 3 Haiku on Bedrock, in billionths of a dollar for each token.
      const { input_uncached = 0, output_text = 0, cache_read = 0, cache_write_5m = 0 } = usage ?? {};
      if (cache_read + cache_write_5m > 0) continue;
      expect(nanos).toBe(String(input_uncached * 250 + output_text * 1250));
    }
  });
});
