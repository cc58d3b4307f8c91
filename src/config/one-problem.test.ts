import { describe, expect, it } from "vitest";
import { describeConfigProblem, readConfig } from "#config";
import { instant } from "#units";

const sources = { env: {}, readSecretFile: () => undefined, now: instant(0) };

function problemsOf(text: string) {
  const config = readConfig(text, sources);
  return config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
}

describe("problems", () => {
  it.for([
    [
      "budgets: [{ scope: everything, per: monthly, limit: 5 USD }]",
      "has to be minute or hour or day or week or month or year or total; did you mean month?",
    ],
    [
      "budgets: [{ scope: everything, per: Daily, limit: 5 USD }]",
      "has to be minute or hour or day or week or month or year or total; did you mean day?",
    ],
    [
      "providers: { a: { format: openai, api_key: none, base_url: api.example.com } }",
      "write an http or https URL, such as http://127.0.0.1:8000/v1",
    ],
    ["currency: usd", "write a currency's three capital letters, such as USD"],
    ["currency: EUR", "price lists are in USD, and conversion at dated rates is not built yet"],
    ["data: a\n---\ndata: b", "not valid YAML: a second document begins here, and a file holds one"],
  ])("tell one mistake once: %s", ([text = "", said]) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it.for([
    ["listen: { port: 4001 }", "tare.yaml:1:17  listen.port: is the port of the control API too"],
    ["listen: { control_port: 4000 }", "tare.yaml:1:25  listen.control_port: is the port of the data plane too"],
    ["listen: { otlp_port: 4000 }", "tare.yaml:1:22  listen.otlp_port: is the port of the data plane too"],
    ["listen: { port: 4318, otlp_port: 4318 }", "tare.yaml:1:34  listen.otlp_port: is the port of the data plane too"],
  ])("name a port that two listeners would have: %s", ([text = "", said]) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it("leave free ports to be free", () => {
    expect(problemsOf("listen: { port: 0, control_port: 0 }")).toEqual([]);
  });
});
