import { describe, expect, it } from "vitest";
import { readConfig } from "#config";
import { limitsOfRoutes } from "./route-limits.ts";

function limitsOf(provider: string, model: string) {
  const text = `providers: { p: { ${provider} } }\nroutes: { r: { targets: ["p/${model}"], on_unsupported: drop } }`;
  const config = readConfig(text, { env: { KEY: "key" }, readSecretFile: () => undefined });
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const [limit] = limitsOfRoutes(config.value);
  return limit;
}

describe("What a route cannot say", () => {
  it("follows from its target's format, dialect and model", () => {
    const claude = limitsOf("format: anthropic, api_key: none", "claude-opus-4-6");
    expect(claude).toMatchObject({ route: "r", target: "p/claude-opus-4-6", onUnsupported: "drop" });
    expect(claude?.cannotSay).toEqual([
      "audio",
      "JSON without a schema",
      "seed",
      "penalties",
      "a temperature above 1",
      "instructions in the middle",
      "log probabilities",
      "several answers (n)",
    ]);
    expect(limitsOf("format: openai, api_key: none", "gpt-5-mini")?.cannotSay).toEqual(["stop sequences", "top_k"]);
    const perplexity = "format: openai, dialect: perplexity, base_url: 'https://api.perplexity.ai', api_key: none";
    expect(limitsOf(perplexity, "sonar")?.cannotSay).toEqual(expect.arrayContaining(["tools", "stop sequences"]));
    expect(limitsOf("format: gemini, api_key: none", "gemini-2.5-flash")?.cannotSay).toEqual(
      expect.arrayContaining(["one tool at a time", "pictures in a tool's result"]),
    );
  });

  it("differs between models on Bedrock", () => {
    const bedrock = 'format: bedrock, aws: { region: us-east-1 }, api_key: "${KEY}"';
    const claude = limitsOf(bedrock, "anthropic.claude-sonnet-4-5-20250929-v1:0")?.cannotSay ?? [];
    const llama = limitsOf(bedrock, "meta.llama3-3-70b-instruct-v1:0")?.cannotSay ?? [];
    expect(claude).toEqual(expect.arrayContaining(["pictures at an address", "seed"]));
    expect(claude).not.toContain("how much to think");
    expect(llama.filter((wish) => !claude.includes(wish))).toEqual(["how much to think", "top_k"]);
  });
});
