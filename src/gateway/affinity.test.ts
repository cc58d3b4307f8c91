import { afterEach, describe, expect, it } from "vitest";
import { ask, Rig, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

const answering: Script = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end("{}");
};

const names = ["a", "b", "c", "d", "e", "f"];
/** Four KiB and more, as providers keep it. */
const manual = (topic: string) => `You know all about ${topic}. `.repeat(250);
const tool = { name: "weigh", description: "Weighs.", parameters: { type: "object" } };

interface Client {
  readonly format: "openai" | "anthropic" | "gemini";
  readonly path: string;
  /** Two requests that share their prompt's beginning and little else of the body's. */
  readonly bodies: (topic: string, time: number) => Record<string, unknown>;
}

const clients: readonly Client[] = [
  {
    format: "gemini",
    path: "/v1beta/models/r:generateContent",
    bodies: (topic, time) => ({
      generationConfig: { seed: time },
      contents: [{ role: "user", parts: [{ text: `Question ${time}` }] }],
      systemInstruction: { parts: [{ text: manual(topic) }] },
    }),
  },
  {
    format: "gemini",
    path: "/v1beta/models/r:generateContent",
    bodies: (topic, time) => ({
      contents: [{ role: "user", parts: [{ text: manual(topic) }] }, ...later("model", time)],
      tools: [{ function_declarations: [tool] }],
      generation_config: { seed: time },
    }),
  },
  {
    format: "anthropic",
    path: "/v1/messages",
    bodies: (topic, time) => ({
      metadata: { user_id: `user ${time}` },
      messages: [{ role: "user", content: `Question ${time}` }],
      model: "r",
      max_tokens: time + 1,
      system: manual(topic),
    }),
  },
  {
    format: "openai",
    path: "/v1/responses",
    bodies: (topic, time) => ({
      input: `Question ${time}`,
      prompt_cache_key: `${time}`,
      instructions: manual(topic),
      model: "r",
    }),
  },
  {
    format: "openai",
    path: "/v1/chat/completions",
    bodies: (topic, time) => ({
      max_completion_tokens: time + 1,
      messages: [
        { role: "system", content: manual(topic) },
        { role: "user", content: `Question ${time}` },
      ],
      model: "r",
      tools: [{ type: "function", function: tool }],
    }),
  },
];

function later(role: string, time: number) {
  return Array.from({ length: time }, (_, index) => ({ role, parts: [{ text: `Answer ${index}` }] }));
}

async function targetsOf(client: Client, topic: string): Promise<readonly unknown[]> {
  if (rig === undefined) throw new Error("no rig");
  const targets: unknown[] = [];
  for (let time = 0; time < 4; time += 1) {
    const body = JSON.stringify(client.bodies(topic, time));
    const { headers } = await ask(rig, { path: client.path, body });
    targets.push(headers["x-tare-target"]);
  }
  return targets;
}

describe("Calls of a sticky route whose prompts begin alike", () => {
  it.each(clients)("stay together whatever stands before the prompt in the body: $path, $format", async (client) => {
    const providers = names.map((name) => ({ name, format: client.format, basePath: "" }));
    const [provider, ...more] = providers;
    const to = names.map((name) => `${name}/m`);
    const routes = { r: { to, strategy: "sticky" as const } };
    rig = await Rig.start({ script: answering, provider: provider ?? {}, more, routes });
    const seen = new Set<unknown>();
    for (const topic of ["tea", "coffee", "wine", "salt", "bread", "honey", "milk", "rice"]) {
      const [first, ...others] = await targetsOf(client, topic);
      expect(first).toMatch(/^[a-f]\/m$/);
      for (const other of others) expect(other).toBe(first);
      seen.add(first);
    }
    expect(seen.size).toBeGreaterThan(2);
  });
});
