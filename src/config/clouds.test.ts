import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "#units";
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
const ACCOUNT = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com";
const federated = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/oidc",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://sts.googleapis.com/v1/token",
  service_account_impersonation_url: `${ACCOUNT}:generateAccessToken`,
  credential_source: { file: "/var/run/token.json", format: { type: "json", subject_token_field_name: "value" } },
};
const env = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key",
  VERTEX_KEY: "vertex-key",
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/tare",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/6f1c",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
  AWS_CONTAINER_AUTHORIZATION_TOKEN: "container-token-canary",
  AZURE_TENANT_ID: "6babcaad-604b-40ac-a9d7-9fd97c0b779f",
  AZURE_CLIENT_ID: "8a6ce1bd-5d5a-4b35-9c0e-3f1a5c0a7c11",
  AZURE_CLIENT_SECRET: "client-secret-canary",
  FAR_AWAY: "http://far.example/v1/credentials",
};
const files: Readonly<Record<string, string>> = {
  "/vertex.json": keyFile,
  "/broken.json": '{"type":"service_account"}',
  "/external.json": JSON.stringify(federated),
  "/url.json": JSON.stringify({ ...federated, credential_source: { url: "http://169.254.169.254/" } }),
  "/plain.json": JSON.stringify({ ...federated, token_url: "http://far.example/token" }),
};
const sources = { env, readSecretFile: (path: string) => files[path] };

const SIGNED =
  'aws: { region: eu-central-1, access_key_id: "${AWS_ACCESS_KEY_ID}", secret_access_key: "${AWS_SECRET_ACCESS_KEY}" }';

const VERTEX = 'format: gemini, api_key: none, vertex: { project: my-project, service_account: "file:/vertex.json" }';

const WEB_IDENTITY = '{ role: "${AWS_ROLE_ARN}", token_file: "${AWS_WEB_IDENTITY_TOKEN_FILE}" }';
const WITH_TOKEN = '{ url: "${AWS_CONTAINER_CREDENTIALS_FULL_URI}", token: "${AWS_CONTAINER_AUTHORIZATION_TOKEN}" }';

function bedrock(identity: string, region = "eu-central-1"): string {
  return `format: bedrock, api_key: none, aws: { region: ${region}, ${identity} }`;
}

const WITH_SECRET =
  '{ tenant: "${AZURE_TENANT_ID}", client: "${AZURE_CLIENT_ID}", client_secret: "${AZURE_CLIENT_SECRET}" }';

function azure(identity: string): string {
  return `format: openai, base_url: "https://name.openai.azure.com/openai/v1", api_key: none, azure: { ${identity} }`;
}

function vertex(identity: string): string {
  return `format: gemini, api_key: none, vertex: { project: my-project, ${identity} }`;
}

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
    expect(allowedOrigins(config).ofCalls).toContain(origin);
    const isAccount = provider.cloud?.identity?.type === "google-service-account";
    expect(allowedOrigins(config).ofCredentials).toEqual(isAccount ? ["https://oauth2.googleapis.com"] : []);
    expect(allowedOrigins(config).ofCalls).toEqual([origin]);
  });

  it.each([
    `format: bedrock, api_key: none, ${SIGNED}`,
    VERTEX,
    bedrock(`container: ${WITH_TOKEN}`),
    azure(`entra: ${WITH_SECRET}`),
  ])("crosses to a thread, and to the office without secrets: %s", (text) => {
    const { config, provider } = providerOf(text);
    const crossed = openConfig(structuredClone(sealConfig(config, { withSecrets: true })));
    expect(crossed.providers[0]?.cloud).toEqual(provider.cloud);
    expect(secretIn(crossed.providers[0]?.cloud)).toBe(secretIn(provider.cloud));
    const withoutSecrets = JSON.stringify(sealConfig(config, { withSecrets: false }));
    expect(withoutSecrets).not.toContain(JSON.stringify(secretIn(provider.cloud)).slice(1, -1));
  });

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

describe("An identity in a cloud", () => {
  const webIdentity = {
    type: "aws-web-identity",
    role: env.AWS_ROLE_ARN,
    sessionName: "tare",
    tokenFile: env.AWS_WEB_IDENTITY_TOKEN_FILE,
  };
  const entra = {
    type: "azure-entra",
    client: env.AZURE_CLIENT_ID,
    scope: "https://cognitiveservices.azure.com/.default",
    url: `https://login.microsoftonline.com/${env.AZURE_TENANT_ID}/oauth2/v2.0/token`,
  };
  const resource = "https://cognitiveservices.azure.com/";
  const managed = { type: "azure-managed", resource, url: "http://169.254.169.254" };
  const noToken = { token: undefined, tokenFile: undefined };

  it.each([
    [bedrock(`web_identity: ${WEB_IDENTITY}`), { ...webIdentity, url: "https://sts.eu-central-1.amazonaws.com/" }],
    [
      bedrock(`web_identity: ${WEB_IDENTITY}`, "cn-north-1"),
      { ...webIdentity, url: "https://sts.cn-north-1.amazonaws.com.cn/" },
    ],
    [
      bedrock('container: { url: "${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}" }'),
      { type: "aws-container", url: "http://169.254.170.2/v2/credentials/6f1c", ...noToken },
    ],
    [
      bedrock('container: { url: "${AWS_CONTAINER_CREDENTIALS_FULL_URI}", token_file: /var/run/token }'),
      {
        type: "aws-container",
        url: "http://169.254.170.23/v1/credentials",
        token: undefined,
        tokenFile: "/var/run/token",
      },
    ],
    [
      azure('entra: { tenant: "${AZURE_TENANT_ID}", client: "${AZURE_CLIENT_ID}", token_file: /t }'),
      { ...entra, clientSecret: undefined, tokenFile: "/t" },
    ],
    [
      azure(
        'entra: { tenant: contoso.example, client: "${AZURE_CLIENT_ID}", client_secret: "${AZURE_CLIENT_SECRET}", authority: "https://login.microsoftonline.us" }',
      ),
      {
        ...entra,
        clientSecret: new Secret(env.AZURE_CLIENT_SECRET),
        tokenFile: undefined,
        url: "https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token",
      },
    ],
    [azure("managed_identity: true"), { ...managed, client: undefined }],
    [
      `${azure('managed_identity: { client: "${AZURE_CLIENT_ID}" }')}, api_version: "2024-10-21"`,
      { ...managed, client: env.AZURE_CLIENT_ID },
    ],
    [vertex("metadata: true"), { type: "google-metadata", url: "http://metadata.google.internal" }],
    [
      vertex('metadata: { url: "http://169.254.169.254/" }'),
      { type: "google-metadata", url: "http://169.254.169.254" },
    ],
    [bedrock("instance: true"), { type: "aws-instance", url: "http://169.254.169.254" }],
    [bedrock('instance: { url: "http://[fd00:ec2::254]/" }'), { type: "aws-instance", url: "http://[fd00:ec2::254]" }],
  ])("is read with what the environment says, and may ask there and nowhere else: %s", (text, identity) => {
    const { config, provider } = providerOf(text);
    expect(provider.cloud?.identity).toEqual(identity);
    const { origin } = new URL(identity.url);
    expect(allowedOrigins(config).ofCredentials).toEqual([origin]);
    expect(allowedOrigins(config).ofCalls).not.toContain(origin);
    expect(config.secretsInClear).toEqual([]);
  });

  it.each([
    [bedrock(`instance: true, web_identity: ${WEB_IDENTITY}`), "web_identity and instance say twice who asks"],
    [`format: bedrock, api_key: none, ${SIGNED.replace(" }", ", instance: true }")}`, "access_key_id and instance"],
    [bedrock("instance: true").replace("none", '"${VERTEX_KEY}"'), "has to be none where aws.instance is set"],
    [bedrock("instance: false"), "has to be true"],
    [bedrock("instance: true").replace("none", 'none, more_keys: ["${VERTEX_KEY}"]'), "has to be left out"],
    [azure(""), "set entra or managed_identity"],
    [azure(`managed_identity: true, entra: ${WITH_SECRET}`), "entra and managed_identity say twice who asks"],
    [azure(`entra: ${WITH_SECRET.replace(" }", ", token_file: /t }")}`), "exactly one of client_secret and token_file"],
    [
      azure('entra: { tenant: t.example, client: "${AZURE_CLIENT_ID}" }'),
      "exactly one of client_secret and token_file",
    ],
    [azure('entra: { tenant: "../common", client: x, token_file: /t }'), "write the tenant's id, or a domain of it"],
    [azure('managed_identity: { client: "my-identity" }'), "an id of Entra's is written as"],
    [azure("managed_identity: true").replace("none", '"${VERTEX_KEY}"'), "has to be none where azure.managed_identity"],
    [azure("managed_identity: true").replace(/base_url: "[^"]*", /, ""), "base_url is missing"],
    [azure("managed_identity: true").replace("openai", "gemini"), "belongs to providers of the format openai"],
    [
      azure(`entra: ${WITH_SECRET.replace(" }", ', authority: "http://login.example" }')}`),
      "has to be https: a token goes there",
    ],
    [
      vertex('metadata: true, service_account: "file:/vertex.json"'),
      "service_account and metadata say twice who asks; keep one of them",
    ],
    [vertex("metadata: true").replace("none", '"${VERTEX_KEY}"'), "has to be none where vertex.metadata is set"],
    [vertex("metadata: true").replace("project: my-project, ", ""), "project is missing"],
    [vertex('metadata: { url: "http://10.0.0.1" }'), "an address of the machine itself"],
    [vertex('external_account: "file:/vertex.json"'), "is not the JSON of an external account"],
    [vertex('external_account: "file:/url.json"'), "names no file as credential_source"],
    [vertex('external_account: "file:/plain.json"'), "asks at an address that is not https"],
    [bedrock("session_token: abc, instance: true"), "belong together"],
    [bedrock("web_identity: { role: admin, token_file: /t }"), "arn:aws:iam::123456789012:role/NAME"],
    [bedrock('web_identity: { role: "${AWS_ROLE_ARN}", token_file: "file:/t" }'), "write the value itself"],
    [bedrock('web_identity: { role: "${AWS_ROLE_ARN}", token_file: t }'), "write the whole path"],
    [bedrock('web_identity: { role: "${NOT_SET}", token_file: /t }'), "NOT_SET is not set"],
    [
      bedrock('web_identity: { role: "${AWS_ROLE_ARN}", token_file: /t, sts_url: "http://169.254.169.254/" }'),
      "has to be https",
    ],
    [bedrock('container: { url: "${FAR_AWAY}" }'), "has to be https, or an address of the machine itself"],
    [bedrock('container: { url: "ftp://x/" }'), "write an http or https URL"],
    [bedrock(`container: ${WITH_TOKEN.replace(" }", ", token_file: /t }")}`), "token and token_file are one too many"],
    [bedrock('instance: { url: "http://10.0.0.1" }'), "an address of the machine itself"],
    [bedrock("web_identity: { role: x, token_fil: /t }"), "unknown field"],
  ])("is refused where it cannot work or is not safe: %s", (text, message) => {
    const config = readConfig(`providers:\n  p: { ${text} }\n`, sources);
    expect(config.ok ? [] : config.error.map((problem) => problem.message)).toEqual(
      expect.arrayContaining([expect.stringContaining(message)]),
    );
  });

  it("of Google is read from the configuration of a federation, with both places that it asks", () => {
    const { config, provider } = providerOf(vertex('external_account: "file:/external.json"'));
    expect(provider.cloud?.identity).toEqual({
      type: "google-external",
      audience: federated.audience,
      subjectTokenType: federated.subject_token_type,
      tokenFile: "/var/run/token.json",
      tokenField: "value",
      url: federated.token_url,
      impersonationUrl: `${ACCOUNT}:generateAccessToken`,
      lifetimeSeconds: 3600,
    });
    const origins = ["https://sts.googleapis.com", "https://iamcredentials.googleapis.com"];
    expect(allowedOrigins(config).ofCredentials).toEqual(origins);
  });

  it("is told of all at once that is wrong with it, with what was probably meant", () => {
    const text = bedrock('web_identity: { rol: "x", token_file: t, sts_url: "http://far.example" }, instnce: true');
    const config = readConfig(`providers:\n  p: { ${text} }\n`, sources);
    const problems = config.ok ? [] : config.error.map(({ path, suggestion }) => [path, suggestion]);
    expect(problems).toEqual(
      expect.arrayContaining([
        ["providers.p.aws.web_identity.rol", "role"],
        ["providers.p.aws.instnce", "instance"],
        ["providers.p.aws.web_identity.token_file", undefined],
        ["providers.p.aws.web_identity.sts_url", undefined],
      ]),
    );
  });

  it.each([
    "http://169.254.169.254/latest/meta-data",
    "http://169.254.170.2/v2",
    "http://2852039166/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://metadata.google.internal./computeMetadata/v1",
    "http://METADATA/computeMetadata/v1",
  ])("does not open the way to credentials for calls, which no base URL leads to: %s", (url) => {
    const two = `providers:
  p: { ${bedrock("instance: true")} }
  q: { format: openai, api_key: none, base_url: "${url}" }
`;
    const config = readConfig(two, sources);
    expect(config.ok ? [] : config.error).toMatchObject([{ path: "providers.q.base_url", code: "invalid_value" }]);
  });
});

function secretIn(cloud: ReturnType<typeof providerOf>["provider"]["cloud"]): string {
  if (cloud?.type === "aws" && cloud.accessKey !== undefined) return cloud.accessKey.secret.reveal();
  const identity = cloud?.identity;
  if (identity?.type === "azure-entra") return identity.clientSecret?.reveal() ?? "";
  if (identity?.type === "aws-container") return identity.token?.reveal() ?? "";
  return identity?.type === "google-service-account" ? identity.privateKey.reveal() : "";
}
