import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realWorld } from "#world";
import { type SimulatedProviders, startSimulatedProviders } from "./simulated-providers.ts";

describe("the official Gemini client on simulated Gemini", () => {
  let simulated: SimulatedProviders;
  let client: GoogleGenAI;
  let baseUrl: string;

  beforeAll(async () => {
    simulated = await startSimulatedProviders({ world: realWorld(), seed: "gemini-client" });
    baseUrl = simulated.providers.find(({ format }) => format === "gemini")?.baseUrl ?? "";
    client = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl } });
  });
  afterAll(() => simulated.close());

  const billed = (id: string | undefined) => simulated.invoice().find((line) => line.id === id);

  const streamAll = async (contents: string) =>
    Array.fromAsync(await client.models.generateContentStream({ model: "gemini-2.5-flash-lite", contents }));

  test("reads content whose usage is what is billed, thoughts beside candidates", async () => {
    const answer = await client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: "Say something. [[simulate output=12 reasoning=30]]",
    });
    expect(answer.text?.length).toBeGreaterThan(10);
    expect(answer.usageMetadata).toMatchObject({ candidatesTokenCount: 12, thoughtsTokenCount: 30 });
    expect(billed(answer.responseId)).toMatchObject({ state: "delivered", usage: answer.usageMetadata });
    expect(billed(answer.responseId)?.quantities).toMatchObject({ output_text: 12, output_reasoning: 30 });
  });

  test("streams chunks that each say the usage so far", async () => {
    const stream = await client.models.generateContentStream({
      model: "gemini-2.5-flash",
      contents: "Go on. [[simulate output=40 reasoning=5]]",
    });
    const chunks = await Array.fromAsync(stream);
    const counts = chunks.map((chunk) => chunk.usageMetadata?.candidatesTokenCount ?? 0);
    expect(counts).toEqual([12, 24, 36, 40]);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP");
    expect(billed(chunks[0]?.responseId)).toMatchObject({ reported: "final" });
  });

  test("streams a JSON array when events are not asked for", async () => {
    const answer = await fetch(`${baseUrl}/v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?key=test`, {
      method: "POST",
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "[[simulate output=30]]" }] }] }),
    });
    const chunks: unknown = await answer.json();
    expect(chunks).toHaveLength(3);
    expect(chunks).toMatchObject([{}, {}, { usageMetadata: { candidatesTokenCount: 30 } }]);
  });

  test("calls a function that must be called, then answers its result with text", async () => {
    const config = {
      tools: [
        {
          functionDeclarations: [
            { name: "light", parametersJsonSchema: { type: "object", properties: { on: { type: "boolean" } } } },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
    };
    const asked = await client.models.generateContent({ model: "gemini-2.5-flash", contents: "Light!", config });
    const [called] = asked.functionCalls ?? [];
    expect(called?.name).toBe("light");
    expect(called?.args).toHaveProperty("on");
    const answer = await client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: [
        { role: "user", parts: [{ text: "Light!" }] },
        { role: "model", parts: [{ functionCall: called ?? {} }] },
        { role: "user", parts: [{ functionResponse: { name: "light", response: { ok: true } } }] },
      ],
      config: { tools: config.tools },
    });
    expect(answer.functionCalls).toBeUndefined();
    expect(answer.text).not.toBe("");
  });

  test("embeds and counts tokens", async () => {
    const embedded = await client.models.embedContent({ model: "gemini-embedding-001", contents: ["one", "two"] });
    expect(embedded.embeddings).toHaveLength(2);
    const counted = await client.models.countTokens({ model: "gemini-2.5-flash", contents: "12345678" });
    expect(counted.totalTokens).toBe(6);
  });

  test("says flex traffic when it was asked for", async () => {
    const answer = await fetch(`${baseUrl}/v1beta/models/gemini-2.5-flash:generateContent`, {
      method: "POST",
      headers: { "x-goog-api-key": "test" },
      body: JSON.stringify({ contents: [{ parts: [{ text: "hi" }] }], serviceTier: "flex" }),
    });
    expect(await answer.json()).toMatchObject({ usageMetadata: { trafficType: "ON_DEMAND_FLEX" } });
  });

  test.each([
    ["rate-limit", 429],
    ["server-error", 500],
    ["overloaded", 503],
  ])("answers %s with its own status", async (fault, status) => {
    const failing = client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: `[[simulate fault=${fault}]]`,
      config: { httpOptions: { retryOptions: { attempts: 1 } } },
    });
    await expect(failing).rejects.toBeInstanceOf(ApiError);
    await expect(failing).rejects.toMatchObject({ status });
  });

  test("bills what the last chunk said when a stream breaks", async () => {
    await expect(streamAll("[[simulate output=400 fault=error-in-answer]]")).rejects.toThrow();
    const line = simulated.invoice().find(({ state }) => state === "error");
    expect(line?.reported).toBe("partial");
    expect(line?.quantities.output_text).toBe(line?.usage["candidatesTokenCount"]);
  });
});
