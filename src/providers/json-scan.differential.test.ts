import { describe, expect, it } from "vitest";
import { findDifference, mutator } from "./json-scan.differential.ts";
import { askPaths } from "./openai/ask-paths.ts";

const bodies = [
  {
    model: "gpt-5-mini",
    stream: true,
    stream_options: { include_usage: false },
    max_completion_tokens: 100,
    n: 1,
    messages: [
      { role: "system", content: 'Answer "briefly".\nIn English — or 日本語 🎉.' },
      { role: "user", content: [{ type: "text", text: "\u0000\u001f\\" }] },
    ],
    metadata: { tare_feature: "support", other: "x" },
    tools: [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }],
  },
  { model: "m", input: ["a", [1, 2, 3]], store: false, background: null, prompt: { id: "p" }, temperature: -1.5e-7 },
  { best_of: 2, max_tokens: 0, conversation: { id: "c" }, user: "", service_tier: "flex", previous_response_id: null },
].map((body) => Buffer.from(JSON.stringify(body)));

describe("Reading controlled keys", () => {
  // Two seconds of work, and more on a machine that has much else to do.
  it("agrees with JSON.parse on 50,000 mutated requests", { timeout: 30_000 }, () => {
    const mutate = mutator(7);
    for (let round = 0; round < 50_000; round += 1) {
      const body = mutate(bodies[round % bodies.length] ?? Buffer.alloc(0));
      const difference = findDifference(body, askPaths);
      if (difference !== undefined) expect.fail(`${difference}\n${body.toString("latin1")}`);
    }
  });
});
