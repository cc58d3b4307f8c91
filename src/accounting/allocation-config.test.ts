import { describe, expect, it } from "vitest";
import { describeConfigProblem, readConfig } from "#config";
import { AllocationSection } from "./allocation-config.ts";

function problems(...rules: unknown[]): readonly string[] {
  const parsed = AllocationSection.safeParse(rules);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const people = { name: "people", of: { layer: "people and engineering" }, by: "even", to: { pool: "platform" } };
const platform = { name: "platform", pool: "platform", by: "tokens", to: "feature" };

describe("rules of allocation", () => {
  it("go from people to the platform to features, and by whatever was measured", () => {
    expect(problems(people, platform)).toEqual([]);
    expect(AllocationSection.parse([people, platform])).toMatchObject({
      rules: [
        { of: { type: "bills", where: { feature: ["(none)"], layer: ["people and engineering"] } } },
        {
          of: { type: "pool", name: "platform" },
          by: { type: "measured", measure: { type: "tokens" }, to: "feature" },
        },
      ],
    });
    for (const by of ["cost", "gpu_time", "review_time", { steps: "review" }, { usage: "vectors" }, { peak: "tokens" }])
      expect(problems({ name: "x", of: { kind: "bill" }, by, to: "team", counting: { "tag.cluster": "a" } })).toEqual(
        [],
      );
  });

  it("that go round in a circle are refused, with the way round and the place of the first", () => {
    const back = { name: "back", pool: "platform", by: { shares: [{ pool: "a", parts: 1 }] } };
    const on = { name: "on", pool: "a", by: "even", to: [{ team: "x" }, { pool: "platform" }] };
    expect(problems(people, back, on)).toEqual([
      "1.pool: what comes into this pool comes back to it: platform → a → platform. Let one of them go to features, teams or customers only",
    ]);
  });

  it.each([
    [{ name: "x", by: "even", to: "team" }, ": write one of of, pool and carried_by"],
    [{ name: "x", of: {}, by: "tokens" }, ".to: write to, or the shares of by, and not both"],
    [{ name: "x", of: {}, by: "tokens", to: { team: "a" } }, ".by: places that are named share evenly"],
    [{ name: "x", pool: "p", to: "team" }, ".pool: no rule puts anything into this pool"],
    [{ name: "x", carried_by: "team", to: "team" }, ".to: is what carries it already"],
    [{ name: "people", of: {}, to: "team" }, ".name: another rule has this name already"],
    [{ name: "x", pool: "platform", to: "team" }, ".pool: another rule shares this pool already"],
  ])("that mean nothing are refused at their place: %j", (rule, says) => {
    expect(problems(people, platform, rule).join("\n")).toContain(says);
  });

  it("are told of by tare check with their path and line", () => {
    const text = `
allocation:
  - { name: a, pool: p, by: { shares: [{ pool: q, parts: 1 }] } }
  - { name: b, pool: q, by: even, to: { pool: p } }
  - { name: c, of: { colour: red }, to: team }
  - { name: d, of: {}, by: { shares: [{ team: x, feature: y, parts: 1 }] } }
`;
    const read = readConfig(text, { env: {}, readSecretFile: () => undefined });
    const told = read.ok ? [] : read.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
    expect(told.join("\n")).toContain("tare.yaml:5:22  allocation[2].of.colour: write one of kind, layer");
    expect(told.join("\n")).toContain("tare.yaml:6:39  allocation[3].by.shares[0]: write one of");
    const circle = readConfig(text.split("\n").slice(0, 4).join("\n"), { env: {}, readSecretFile: () => undefined });
    expect(circle.ok ? [] : circle.error.map((problem) => describeConfigProblem(problem, "tare.yaml"))).toEqual([
      "tare.yaml:3:22  allocation[0].pool: what comes into this pool comes back to it: p → q → p. Let one of them go to features, teams or customers only",
    ]);
  });
});
