import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { describeConfigProblem, openConfig, readConfig, sealConfig } from "#config";

const CANARY = "sk-admin-canary-0123456789";
const sources = { env: { ADMIN: CANARY }, readSecretFile: () => undefined };
const providers = `providers:
  openai: { format: openai, api_key: none }
  claude: { format: anthropic, api_key: none }
  gemini: { format: gemini, api_key: none }
`;

const read = (reports: string) => readConfig(`${providers}reports:\n  ${reports}\n`, sources);

function problemsOf(reports: string): string {
  const config = read(reports);
  return config.ok ? "" : config.error.map((problem) => describeConfigProblem(problem, "tare.yaml")).join("\n");
}

describe("the section reports", () => {
  it("names the maker's address, how often and how far back, and is empty where nothing is said", () => {
    const nothing = readConfig(providers, sources);
    expect(nothing.ok && nothing.value.reports).toEqual([]);
    const config = read('openai: { admin_key: "${ADMIN}" }');
    if (!config.ok) throw new Error(inspect(config.error));
    const often = { everyMs: 21_600_000, days: 3 };
    expect(config.value.reports).toMatchObject([
      { provider: "openai", format: "openai", origin: "https://api.openai.com", basePath: "/v1", ...often },
    ]);
  });

  it("shows its key to the office alone, and to no log", () => {
    const config = read('claude: { admin_key: "${ADMIN}", every: 1h, days: 31 }');
    if (!config.ok) throw new Error(inspect(config.error));
    expect(inspect(config.value, { depth: 9 })).not.toContain("canary");
    const office = openConfig(sealConfig(config.value, { withSecrets: false }));
    expect(office.reports[0]?.adminKey.reveal()).toBe(CANARY);
    expect(inspect(office, { depth: 9 })).not.toContain("canary");
    expect(inspect(sealConfig(config.value, { withSecrets: true }), { depth: 9 })).not.toContain("canary");
  });

  it.each([
    ['opnai: { admin_key: "${ADMIN}" }', "there is no provider opnai"],
    ['gemini: { admin_key: "${ADMIN}" }', "formats openai and anthropic"],
    ['openai: { admin_key: "${ADMIN}", base_url: "http://reports.example" }', "only by https"],
    ['openai: { admin_key: "${ADMIN}", base_url: "https://a:b@reports.example" }', "no user and password"],
    ['openai: { admin_key: "${ADMIN}", base_url: "ftp://reports.example" }', "https:// or http://"],
    ['openai: { admin_key: "${ADMIN}", every: 10s }', "at least 1m"],
    ['openai: { admin_key: "${ADMIN}", days: 90 }', "days"],
    ['openai: { admin_key: "${ABSENT}" }', "ABSENT is not set"],
    ["openai: {}", "admin_key"],
  ])("is refused as %s", (reports, says) => {
    expect(problemsOf(reports)).toContain(says);
  });

  it("takes an address of this machine without TLS", () => {
    expect(problemsOf('openai: { admin_key: "${ADMIN}", base_url: "http://127.0.0.1:9/v1" }')).toBe("");
  });
});
