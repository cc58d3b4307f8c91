import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { describeConfigProblem, openConfig, readConfig, sealConfig } from "#config";

const CANARY = "Bearer canary-0123456789";
const sources = { env: { OTLP_AUTH: CANARY }, readSecretFile: () => undefined };

function read(otlp: string, listen = "") {
  return readConfig(`${listen}\nproviders: {}\nroutes: {}\ntelemetry: { otlp: { ${otlp} } }\n`, sources);
}

function problemsOf(otlp: string, listen = ""): readonly string[] {
  const config = read(otlp, listen);
  return config.ok ? [] : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml"));
}

describe("the section telemetry", () => {
  it("is off where nothing is said", () => {
    const config = readConfig("", sources);
    expect(config.ok && config.value.telemetry).toBeUndefined();
  });

  it("opens headers, and shows them to the office alone", () => {
    const config = read(
      `endpoint: "https://otlp.example/base/", headers: { Authorization: "\${OTLP_AUTH}" }, sample: 0.25`,
    );
    if (!config.ok) throw new Error(inspect(config.error));
    expect(config.value.telemetry).toMatchObject({
      origin: "https://otlp.example",
      basePath: "/base",
      protocol: "http/protobuf",
      sample: 0.25,
      metricsEveryMs: 60_000,
    });
    expect(inspect(config.value, { depth: 9 })).not.toContain("canary");
    const office = sealConfig(config.value, { withSecrets: false });
    const gateway = sealConfig(config.value, { withSecrets: true });
    const [header] = openConfig(office).telemetry?.headers ?? [];
    expect([header?.name, header?.value.reveal()]).toEqual(["authorization", CANARY]);
    expect(gateway.telemetry).toBeUndefined();
  });

  it.each([
    ["its own data plane", `endpoint: "http://127.0.0.1:4000"`, ""],
    ["its own data plane by another name", `endpoint: "http://localhost:4000/v1"`, ""],
    ["its own control port", `endpoint: "http://[::1]:4001"`, ""],
    ["its own port as configured", `endpoint: "http://127.0.0.1:80"`, "listen: { port: 80 }"],
    ["its own address as configured", `endpoint: "http://10.0.0.7:4000"`, "listen: { host: 10.0.0.7 }"],
  ])("is refused when it points at %s", (_, otlp, listen) => {
    expect(problemsOf(otlp, listen)).toEqual([
      expect.stringMatching(/telemetry\.otlp\.endpoint: is Tare itself, which would take its own spans for steps/),
    ]);
  });

  it.each([
    [`endpoint: "ftp://collector"`, "https:// or http://"],
    [`endpoint: "http://me:you@127.0.0.1:4318"`, "write a header"],
    [`endpoint: "http://127.0.0.1:4318/v1/traces"`, "they are added"],
    [`endpoint: "http://collector:4318", headers: { authorization: "\${OTLP_AUTH}" }`, "only by https"],
    [`endpoint: "http://127.0.0.1:4318", headers: { authorization: "\${ABSENT}" }`, "ABSENT is not set"],
    [`endpoint: "http://127.0.0.1:4318", headers: { Content-Type: "x" }`, "Tare writes this header itself"],
    [`endpoint: "http://127.0.0.1:4318", sample: 1.5`, "sample"],
    [`endpoint: "http://127.0.0.1:4318", metrics_every: 10ms`, "at least 1s"],
    [`endpoint: "http://127.0.0.1:4318", protocol: grpc`, "protocol"],
  ])("is refused as %s", (otlp, says) => {
    expect(problemsOf(otlp).join("\n")).toContain(says);
  });

  it("takes a collector beside it without headers, and on this machine with them", () => {
    expect(problemsOf(`endpoint: "http://collector:4318"`)).toEqual([]);
    expect(problemsOf(`endpoint: "http://127.0.0.1:4318", headers: { authorization: "\${OTLP_AUTH}" }`)).toEqual([]);
  });
});
