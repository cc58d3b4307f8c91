/** The product between the official SDKs and one upstream that plays providers of all formats. */
import { Product } from "./harness/product.ts";
import { type ReplayingUpstream, startReplayingUpstream } from "./harness/replaying-upstream.ts";
import { type Format, type Place } from "./translation-clients.ts";

/** Where a client's call goes for an answer of each format. */
export const models: Readonly<Record<Format, string>> = {
  "openai-chat": "chat/gpt-4o-mini",
  "openai-responses": "responses/gpt-5-mini",
  anthropic: "messages/claude-haiku-4-5",
  gemini: "content/gemini-2.5-flash",
};

export interface TranslationStage {
  readonly upstream: ReplayingUpstream;
  place(model: string): Place;
  strike(): Promise<void>;
}

export async function setTranslationStage(): Promise<TranslationStage> {
  const upstream = await startReplayingUpstream();
  const at = (path: string) => `base_url: "${upstream.origin}${path}", api_key: "\${RECORDED_KEY}"`;
  const product = new Product({
    config: `providers:
  chat: { format: openai, dialect: openrouter, ${at("/v1")} }
  responses: { format: openai, dialect: openai, ${at("/v1")} }
  messages: { format: anthropic, ${at("")} }
  content: { format: gemini, ${at("")} }
limits: { lag: 10s }
`,
    env: { RECORDED_KEY: "sk-recorded-canary-provider-key" },
  });
  await product.start();
  const { secret } = await product.createKey({ name: "translation", team: "web", feature: "chat" });
  return {
    upstream,
    place: (model) => ({ url: product.dataPlane, key: secret, model }),
    async strike() {
      await product.stop();
      upstream.close();
      product.remove();
    },
  };
}
