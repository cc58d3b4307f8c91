/** Ways to be known to Google without a key file, against a stand-in that answers as Google documents it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Identity } from "#inference";
import { revealed, StandIn } from "./stand-in.ts";

let google: StandIn;
beforeEach(async () => {
  google = await StandIn.start();
});
afterEach(() => google.stop());

const token = (name: string) => ({
  body: JSON.stringify({ access_token: name, expires_in: 3599, token_type: "Bearer" }),
});

function external(more: Partial<Extract<Identity, { type: "google-external" }>> = {}): Identity {
  return {
    type: "google-external",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/oidc",
    subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
    tokenFile: google.file("token", "subject-1\n"),
    tokenField: undefined,
    url: `${google.origin}/v1/token`,
    impersonationUrl: undefined,
    lifetimeSeconds: 1800,
    ...more,
  };
}

describe("An identity of Google", () => {
  it("that Google runs us as is asked of the metadata server", async () => {
    google.says = ({ headers }) =>
      headers["metadata-flavor"] === "Google" ? token("token-1") : { status: 403, body: "" };
    const provider = google.provider({ type: "google-metadata", url: google.origin });
    expect(await google.credentials.ready(provider)).toBe(true);
    expect(revealed(google.credentials.current(provider))).toEqual(["token-1"]);
    expect(google.asked).toMatchObject([
      { method: "GET", url: "/computeMetadata/v1/instance/service-accounts/default/token" },
    ]);
  });

  it("of another issuer is exchanged for a token of Google's, with what the file holds by then", async () => {
    google.says = (_, number) => token(`token-${number}`);
    const provider = google.provider(external());
    expect(await google.credentials.ready(provider)).toBe(true);
    expect(revealed(google.credentials.current(provider))).toEqual(["token-1"]);
    expect(google.asked[0]).toMatchObject({ method: "POST", url: "/v1/token" });
    expect(Object.fromEntries(new URLSearchParams(google.asked[0]?.body))).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/oidc",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: "subject-1",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    });
    google.file("token", "subject-2");
    google.later(3_400_000);
    expect(google.credentials.ready(provider)).toBe(true);
    await expect.poll(() => revealed(google.credentials.current(provider))).toEqual(["token-2"]);
    expect(new URLSearchParams(google.asked[1]?.body).get("subject_token")).toBe("subject-2");
  });

  it("of another issuer may be for a service account, and its token stand in a field", async () => {
    google.says = ({ url }, _, now) => {
      if (url === "/v1/token") return token("federated-1");
      const expireTime = new Date(now + 1_800_000).toISOString();
      return { body: JSON.stringify({ accessToken: "account-1", expireTime }) };
    };
    const provider = google.provider(
      external({
        tokenFile: google.file("token.json", '{"value":"subject-1"}'),
        tokenField: "value",
        impersonationUrl: `${google.origin}/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken`,
      }),
    );
    expect(await google.credentials.ready(provider)).toBe(true);
    expect(revealed(google.credentials.current(provider))).toEqual(["account-1"]);
    const [exchanged, impersonated] = google.asked;
    expect(new URLSearchParams(exchanged?.body).get("subject_token")).toBe("subject-1");
    expect(impersonated).toMatchObject({ method: "POST", headers: { authorization: "Bearer federated-1" } });
    expect(JSON.parse(impersonated?.body ?? "")).toEqual({
      scope: ["https://www.googleapis.com/auth/cloud-platform"],
      lifetime: "1800s",
    });
  });

  it.each([
    ["a page", "<html>canary</html>"],
    ["no token", '{"expires_in":3599}'],
    ["no time", '{"access_token":"canary"}'],
    ["a time that is over", '{"access_token":"canary","expires_in":0}'],
    ["a time below nothing", '{"access_token":"canary","expires_in":-1}'],
    ["a line break", '{"access_token":"canary\\r\\nx: y","expires_in":3599}'],
    ["an object", '{"access_token":{"canary":1},"expires_in":3599}'],
  ])("is not taken with %s", async (_, body) => {
    google.says = () => ({ body });
    for (const identity of [{ type: "google-metadata" as const, url: google.origin }, external()])
      expect(await google.credentials.ready(google.provider(identity))).toBe(false);
    expect(google.asked).toHaveLength(2);
    expect(google.logged).toHaveLength(2);
    expect(google.logged.join("")).not.toContain("canary");
  });

  it.each([
    [{ status: 403, body: "canary" }, "impersonation: status 403"],
    [{ body: '{"accessToken":"canary"}' }, "impersonation: unreadable answer"],
    [{ body: '{"accessToken":"canary","expireTime":"2020-01-01T00:00:00Z"}' }, "answer has expired already"],
  ])("that is not to be used by us says so: %j", async (said, reason) => {
    google.says = ({ url }) => (url === "/v1/token" ? token("federated-canary") : said);
    const provider = google.provider(external({ impersonationUrl: `${google.origin}/account` }));
    expect(await google.credentials.ready(provider)).toBe(false);
    expect(google.logged.join("")).toContain(reason);
    expect(google.logged.join("")).not.toContain("canary");
  });

  it("whose file lacks the field asks nobody", async () => {
    const tokenFile = google.file("token.json", '{"other":"subject-1"}');
    expect(await google.credentials.ready(google.provider(external({ tokenFile, tokenField: "value" })))).toBe(false);
    expect(google.asked).toEqual([]);
  });
});
