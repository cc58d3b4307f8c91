/** Ways to be known to Azure without a key, against a stand-in that answers as Microsoft documents it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Identity } from "#inference";
import { Secret } from "#units";
import { answering, ask, chat, Rig, type Script } from "../rig.ts";
import { revealed, StandIn } from "./stand-in.ts";

const CLIENT = "8a6ce1bd-5d5a-4b35-9c0e-3f1a5c0a7c11";
const SCOPE = "https://cognitiveservices.azure.com/.default";
const RESOURCE = "https://cognitiveservices.azure.com/";

let azure: StandIn;
const rigs: Rig[] = [];
beforeEach(async () => {
  azure = await StandIn.start();
});
afterEach(async () => {
  azure.stop();
  for (const rig of rigs.splice(0)) await rig.stop();
});

function entra(proof: { readonly clientSecret?: Secret; readonly tokenFile?: string }): Identity {
  const url = `${azure.origin}/my-tenant/oauth2/v2.0/token`;
  const asked = { clientSecret: undefined, tokenFile: undefined, ...proof };
  return { type: "azure-entra", client: CLIENT, scope: SCOPE, url, ...asked };
}

const formOf = (body: string | undefined) => Object.fromEntries(new URLSearchParams(body));
const inEntra = (name: string) =>
  JSON.stringify({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: name });

describe("An identity of Azure", () => {
  it("that is an application's is exchanged with its secret at the tenant", async () => {
    azure.says = () => ({ body: inEntra("token-1") });
    const provider = azure.provider(entra({ clientSecret: new Secret("secret-canary&=") }));
    expect(await azure.credentials.ready(provider)).toBe(true);
    expect(revealed(azure.credentials.current(provider))).toEqual(["token-1"]);
    expect(azure.asked).toMatchObject([{ method: "POST", url: "/my-tenant/oauth2/v2.0/token" }]);
    expect(formOf(azure.asked[0]?.body)).toEqual({
      grant_type: "client_credentials",
      client_id: CLIENT,
      scope: SCOPE,
      client_secret: "secret-canary&=",
    });
  });

  it("that is an application's is exchanged with the token that its file holds by then", async () => {
    azure.says = (_, number) => ({ body: inEntra(`token-${number}`) });
    const provider = azure.provider(entra({ tokenFile: azure.file("token", "assertion-1\n") }));
    expect(await azure.credentials.ready(provider)).toBe(true);
    expect(formOf(azure.asked[0]?.body)).toEqual({
      grant_type: "client_credentials",
      client_id: CLIENT,
      scope: SCOPE,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "assertion-1",
    });
    azure.file("token", "assertion-2");
    azure.later(3_400_000);
    expect(azure.credentials.ready(provider)).toBe(true);
    await expect.poll(() => revealed(azure.credentials.current(provider))).toEqual(["token-2"]);
    expect(formOf(azure.asked[1]?.body)["client_assertion"]).toBe("assertion-2");
  });

  it.each([undefined, CLIENT])(
    "that is a machine's is asked of its metadata service; one of several: %s",
    async (id) => {
      // The metadata service writes its numbers as texts.
      const written = { access_token: "token-1", expires_in: "3599", expires_on: "1506484173", resource: RESOURCE };
      azure.says = ({ headers }) =>
        headers["metadata"] === "true" ? { body: JSON.stringify(written) } : { status: 400, body: "" };
      const provider = azure.provider({ type: "azure-managed", client: id, resource: RESOURCE, url: azure.origin });
      expect(await azure.credentials.ready(provider)).toBe(true);
      expect(revealed(azure.credentials.current(provider))).toEqual(["token-1"]);
      const asked = new URL(azure.asked[0]?.url ?? "", azure.origin);
      expect(asked.pathname).toBe("/metadata/identity/oauth2/token");
      const which = id === undefined ? {} : { client_id: id };
      expect(formOf(asked.search)).toEqual({ "api-version": "2018-02-01", resource: RESOURCE, ...which });
    },
  );

  it.each([
    { status: 400, body: '{"error":"invalid_request","error_description":"canary"}' },
    { body: "<html>canary</html>" },
    { body: '{"access_token":"canary"}' },
    { body: '{"access_token":"canary","expires_in":"soon"}' },
    { body: '{"access_token":"canary","expires_in":"0"}' },
    { body: `{"access_token":"${"canary".repeat(20_000)}","expires_in":3599}` },
  ])("is not taken with a wrong answer, which is not told: %#", async (said) => {
    azure.says = () => said;
    const managed = { type: "azure-managed" as const, client: undefined, resource: RESOURCE, url: azure.origin };
    for (const identity of [managed, entra({ clientSecret: new Secret("secret-canary") })])
      expect(await azure.credentials.ready(azure.provider(identity))).toBe(false);
    expect(azure.logged).toHaveLength(2);
    expect(azure.logged.join("")).not.toContain("canary");
  });
});

/** The metadata service and Azure OpenAI at one address. */
const script: Script = (sent, response, number) => {
  if (!sent.url.startsWith("/metadata/")) return answering(sent, response, number);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ access_token: "token-1", expires_in: "3599" }));
};

describe("Azure OpenAI by an identity", () => {
  it.each([
    [undefined, "/chat/completions"],
    ["2024-10-21", "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"],
  ])("gets its token as tokens go, with the version %s", async (apiVersion, path) => {
    const identity = { type: "azure-managed" as const, client: undefined, resource: RESOURCE, url: "" };
    const cloud = { type: "azure" as const, apiVersion, identity };
    const rig = await Rig.start({
      provider: { name: "azure", basePath: "", apiKey: undefined, cloud },
      script,
      placed: (origin) => {
        identity.url = origin;
      },
    });
    rigs.push(rig);
    const calls = [1, 2].map(() => ask(rig, { body: chat({ model: "azure/my-deployment" }) }));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
    expect(rig.sent).toHaveLength(3);
    expect(rig.sent[1]).toMatchObject({ url: path, headers: { authorization: "Bearer token-1" } });
    expect(rig.sent[1]?.headers).not.toHaveProperty("api-key");
  });
});
