import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { allowedOrigins } from "./config.ts";
import { readConfig } from "./read-config.ts";
import { openConfig, sealConfig } from "./seal-config.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyFile = JSON.stringify({
  type: "service_account",
  client_email: "tare@my-project.iam.gserviceaccount.com",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  private_key_id: "key-1",
  token_uri: "https://oauth2.googleapis.com/token",
});
const env = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key",
  VERTEX_KEY: "vertex-key",
};
const files: Readonly<Record<string, string>> = {
  "/vertex.json": keyFile,
  "/broken.json": '{"type":"service_account"}',
};
const sources = { env, readSecretFile: (path: string) => files[path] };

const SIGNED =
  'aws: { region: eu-central-1, access_key_id: "${AWS_ACCESS_KEY_ID}", secret_access_key: "${AWS_SECRET_ACCESS_KEY}" }';

const VERTEX = 'format: gemini, api_key: none, vertex: { project: my-project, service_account: "file:/vertex.json" }';

function providerOf(text: string) {
  const config = readConfig(`providers:\n  p: { ${text} }\n`, sources);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const [provider] = config.value.providers;
  if (provider === undefined) throw new Error("no provider");
  return { config: config.value, provider };
}

describe("A provider in a cloud", () => {
  it.each([
    ["AWS", `format: bedrock, api_key: none, ${SIGNED}`, "https://bedrock-runtime.eu-central-1.amazonaws.com"],
    [
      "AWS in China",
      'format: bedrock, aws: { region: cn-north-1 }, api_key: "${AWS_BEARER_TOKEN_BEDROCK}"',
      "https://bedrock-runtime.cn-north-1.amazonaws.com.cn",
    ],
    [
      "Vertex AI in a region",
      'format: gemini, api_key: none, vertex: { project: my-project, location: europe-west4, service_account: "file:/vertex.json" }',
      "https://europe-west4-aiplatform.googleapis.com",
    ],
    [
      "Vertex AI in a multi-region",
      'format: gemini, api_key: none, vertex: { project: my-project, location: eu, service_account: "file:/vertex.json" }',
      "https://aiplatform.eu.rep.googleapis.com",
    ],
    [
      "Vertex AI in express mode",
      'format: gemini, api_key: "${VERTEX_KEY}", vertex: {}',
      "https://aiplatform.googleapis.com",
    ],
  ])("%s is asked where that cloud serves it", (_, text, origin) => {
    const { config, provider } = providerOf(text);
    expect(provider.origin).toBe(origin);
    expect(allowedOrigins(config)).toContain(origin);
    const isAccount = provider.cloud?.type === "vertex" && provider.cloud.account !== undefined;
    expect(allowedOrigins(config).includes("https://oauth2.googleapis.com")).toBe(isAccount);
  });

  it.each([`format: bedrock, api_key: none, ${SIGNED}`, VERTEX])(
    "crosses to a thread, and to the office without secrets: %s",
    (text) => {
      const { config, provider } = providerOf(text);
      const crossed = openConfig(structuredClone(sealConfig(config, { withSecrets: true })));
      expect(crossed.providers[0]?.cloud).toEqual(provider.cloud);
      expect(secretIn(crossed.providers[0]?.cloud)).toBe(secretIn(provider.cloud));
      const withoutSecrets = JSON.stringify(sealConfig(config, { withSecrets: false }));
      expect(withoutSecrets).not.toContain(JSON.stringify(secretIn(provider.cloud)).slice(1, -1));
    },
  );

  it.each([
    ["format: bedrock, api_key: none", "aws is missing"],
    [`format: openai, api_key: none, ${SIGNED}`, "belongs to providers of the format bedrock"],
    ['format: bedrock, api_key: none, aws: { region: eu-central-1, access_key_id: "x" }', "belong together"],
    ["format: bedrock, api_key: none, aws: { region: eu-central-1 }", "set access_key_id and secret_access_key"],
    [`format: bedrock, api_key: "\${VERTEX_KEY}", ${SIGNED}`, "has to be none"],
    ["format: bedrock, api_key: none, aws: { region: Frankfurt }", "us-east-1"],
    ["format: gemini, api_key: none, vertex: { project: my-project }", "set service_account"],
    ['format: gemini, api_key: none, vertex: { service_account: "file:/vertex.json" }', "project is missing"],
    [
      'format: gemini, api_key: none, vertex: { project: my-project, service_account: "file:/broken.json" }',
      "is not the JSON key file",
    ],
    ['format: anthropic, api_key: "${VERTEX_KEY}", vertex: {}', "set service_account"],
    [
      'format: openai, api_key: "${VERTEX_KEY}", vertex: {}',
      "belongs to providers of the formats gemini and anthropic",
    ],
    ['format: gemini, api_key: none, api_version: "2024-10-21"', "belongs to providers of the format openai"],
  ])("is refused where it cannot work: %s", (text, message) => {
    const config = readConfig(`providers:\n  p: { ${text} }\n`, sources);
    expect(config.ok ? [] : config.error.map((problem) => problem.message)).toEqual(
      expect.arrayContaining([expect.stringContaining(message)]),
    );
  });
});

function secretIn(cloud: ReturnType<typeof providerOf>["provider"]["cloud"]): string {
  if (cloud?.type === "aws") return cloud.accessKey?.secret.reveal() ?? "";
  return cloud?.type === "vertex" ? (cloud.account?.privateKey.reveal() ?? "") : "";
}
