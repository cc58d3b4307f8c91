import { expect, it } from "vitest";
import { NewKey } from "#contract";
import { readNewKey } from "./read-new-key.ts";

const now = Date.parse("2026-11-21T00:00:00Z");

function form(fields: Record<string, string>): FormData {
  const filled = new FormData();
  for (const [name, value] of Object.entries(fields)) filled.append(name, value);
  return filled;
}

it("sends what was filled in, as the contract wants it", () => {
  const key = readNewKey(
    form({
      name: " ci ",
      team: "support",
      feature: "",
      models: "support, openai/* ,",
      days: "30",
      max_output_tokens: "4,096",
      max_context: "",
      require_interaction: "on",
    }),
    now,
  );
  expect(NewKey.parse(key)).toEqual({
    name: "ci",
    team: "support",
    models: ["support", "openai/*"],
    max_output_tokens: 4096,
    require_interaction: true,
    expires_at: "2026-12-21T00:00:00.000Z",
  });
});

it("leaves a key open that says nothing", () => {
  expect(readNewKey(form({ name: "", models: "", days: "" }), now)).toEqual({});
});
