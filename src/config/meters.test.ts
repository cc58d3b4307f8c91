import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { describeConfigProblem, openConfig, readConfig, sealConfig } from "#config";

const CANARY = "Bearer canary-0123456789";
const sources = { env: { METRICS_AUTH: CANARY }, readSecretFile: () => undefined };

const read = (exporter: string) => readConfig(`meters:\n  - { name: m, exporters: [${exporter}] }\n`, sources);

function problemsOf(exporter: string): readonly string[] {
  const config = read(exporter);
  return config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
}

describe("the section meters", () => {
  it("opens what an exporter wants to be told, and shows it to the office alone", () => {
    const config = read(`{ url: "http://127.0.0.1/a" }, { url: "https://h/b?x=1", authorization: "\${METRICS_AUTH}" }`);
    if (!config.ok) throw new Error(inspect(config.error));
    expect(inspect(config.value, { depth: 9 })).not.toContain("canary");
    const office = openConfig(sealConfig(config.value, { withSecrets: false }));
    expect(office.meters[0]?.exporters.map(({ authorization }) => authorization?.reveal())).toEqual([
      undefined,
      CANARY,
    ]);
    expect(office.meters[0]?.exporters[1]).toMatchObject({ origin: "https://h", path: "/b?x=1", shown: "https://h/b" });
    expect(sealConfig(config.value, { withSecrets: true }).meters).toEqual([]);
  });

  it.each([
    [`{ url: "http://10.0.0.5/m", authorization: "\${METRICS_AUTH}" }`, "only by https"],
    [`{ url: "https://h/m", authorization: "\${ABSENT}" }`, "ABSENT is not set"],
    [`{ url: "https://me:you@h/m" }`, "write `authorization`"],
    [`{ url: "https://h/m", gpu: 2 }`, "gpus"],
  ])("refuses %s with what to do", (exporter, says) => {
    expect(problemsOf(exporter).join("\n")).toContain(says);
  });
});
