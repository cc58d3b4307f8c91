/** Every way to be known to a cloud, against a stand-in that answers as the cloud documents it. */
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Identity } from "#inference";
import { Secret } from "#units";
import { revealed, SESSION, StandIn, stsAnswer } from "./identities/stand-in.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let cloud: StandIn;
beforeEach(async () => {
  cloud = await StandIn.start();
});
afterEach(() => cloud.stop());

function inOneHour(now: number): string {
  return new Date(now + HOUR_MS).toISOString();
}

function webIdentity(tokenFile = cloud.file("token", "token-1\n")): Identity {
  const role = "arn:aws:iam::123456789012:role/tare";
  return { type: "aws-web-identity", role, sessionName: "gateway", tokenFile, url: `${cloud.origin}/` };
}

function container(more: { readonly token?: Secret; readonly tokenFile?: string } = {}): Identity {
  const url = `${cloud.origin}/v1/credentials?id=7`;
  return { type: "aws-container", url, token: undefined, tokenFile: undefined, ...more };
}

const inJson = (now: number, more: object = {}) => JSON.stringify({ ...SESSION, Expiration: inOneHour(now), ...more });
const given = [SESSION.AccessKeyId, SESSION.SecretAccessKey, SESSION.Token];

describe("An identity of AWS", () => {
  it("that is a token in a file is exchanged for a role's credentials at STS", async () => {
    cloud.says = (_, __, now) => ({ body: stsAnswer(inOneHour(now)) });
    const provider = cloud.provider(webIdentity());
    expect(await cloud.credentials.ready(provider)).toBe(true);
    expect(revealed(cloud.credentials.current(provider))).toEqual(given);
    const [asked] = cloud.asked;
    expect(asked).toMatchObject({ method: "POST", url: "/", headers: { accept: "text/xml" } });
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::123456789012:role/tare",
      RoleSessionName: "gateway",
      WebIdentityToken: "token-1",
    });
  });

  it.each(["none", "written", "file"])("that is a container's asks its service; with a token: %s", async (how) => {
    cloud.says = (_, __, now) => ({ body: inJson(now, { RoleArn: "arn:aws:iam::123456789012:role/task" }) });
    const more = {
      none: {},
      written: { token: new Secret("token-0") },
      file: { tokenFile: cloud.file("token", "token-1") },
    }[how];
    const provider = cloud.provider(container(more));
    expect(await cloud.credentials.ready(provider)).toBe(true);
    expect(revealed(cloud.credentials.current(provider))).toEqual(given);
    expect(cloud.asked).toMatchObject([{ method: "GET", url: "/v1/credentials?id=7" }]);
    const authorization = { none: undefined, written: "token-0", file: "token-1" }[how];
    expect(cloud.asked[0]?.headers["authorization"]).toBe(authorization);
  });

  it("that is a machine's asks version 2 of its metadata service", async () => {
    cloud.says = ({ url, headers }, _, now) => {
      if (url === "/latest/api/token") return { body: "session-1" };
      if (headers["x-aws-ec2-metadata-token"] !== "session-1") return { status: 401, body: "" };
      if (url.endsWith("/security-credentials/")) return { body: "tare-role\n" };
      return { body: inJson(now, { Code: "Success", Type: "AWS-HMAC", LastUpdated: new Date(now).toISOString() }) };
    };
    const provider = cloud.provider({ type: "aws-instance", url: cloud.origin });
    expect(await cloud.credentials.ready(provider)).toBe(true);
    expect(revealed(cloud.credentials.current(provider))).toEqual(given);
    const roles = "/latest/meta-data/iam/security-credentials/";
    expect(cloud.asked.map(({ method, url }) => [method, url])).toEqual([
      ["PUT", "/latest/api/token"],
      ["GET", roles],
      ["GET", `${roles}tare-role`],
    ]);
    expect(cloud.asked[0]?.headers["x-aws-ec2-metadata-token-ttl-seconds"]).toBe("60");
  });

  const wrong: readonly (readonly [what: string, body: (now: number) => string])[] = [
    ["a page", () => "<html><body>canary</body></html>"],
    ["nothing", () => ""],
    ["an answer in another format", (now) => inJson(now)],
    ["another root", (now) => stsAnswer(inOneHour(now)).replaceAll("WithWebIdentityResponse", "Response")],
    ["a field that is missing", (now) => stsAnswer(inOneHour(now)).replaceAll("SessionToken", "Token")],
    ["a field that is empty", (now) => stsAnswer(inOneHour(now), { ...SESSION, Token: "" })],
    [
      "a field that is there twice",
      (now) => stsAnswer(inOneHour(now)).replace("<Expiration>", "<AccessKeyId>canary</AccessKeyId><Expiration>"),
    ],
    ["two sets", (now) => stsAnswer(inOneHour(now)).replace(/<Credentials>[^]*<\/Credentials>/, "$&$&")],
    ["a comment", (now) => stsAnswer(inOneHour(now)).replace("<Credentials>", "<Credentials><!-- -->")],
    ["a declared entity", (now) => `<!DOCTYPE a [<!ENTITY b "canary">]>${stsAnswer(inOneHour(now))}`],
    ["a reference", (now) => stsAnswer(inOneHour(now), { ...SESSION, Token: "a&amp;b" })],
    ["an element within a field", (now) => stsAnswer(inOneHour(now), { ...SESSION, Token: "a<b>c</b>" })],
    ["a time that is none", () => stsAnswer("tomorrow")],
    ["a time that is over", (now) => stsAnswer(new Date(now - 1000).toISOString())],
    ["a time that is as good as over", (now) => stsAnswer(new Date(now + 5000).toISOString())],
    ["far too much", (now) => stsAnswer(inOneHour(now)) + "canary ".repeat(20_000)],
    ["elements without end", () => "<AssumeRoleWithWebIdentityResponse>" + "<Credentials>".repeat(4_500)],
  ];
  it.each(wrong)("is not taken from STS with %s", async (_, body) => {
    cloud.says = (__, ___, now) => ({ body: body(now) });
    const provider = cloud.provider(webIdentity());
    expect(await cloud.credentials.ready(provider)).toBe(false);
    expect(cloud.credentials.current(provider)).toBeUndefined();
    expect(cloud.logged).toEqual([
      expect.stringMatching(
        /"access-token-refused".*"(?:unreadable answer|answer has expired already|answer too large)"/,
      ),
    ]);
    expect(cloud.logged.join("")).not.toContain("canary");
  });

  it.each<readonly [string, (now: number) => string]>([
    ["a page", () => "<html>canary</html>"],
    ["a field that is missing", (now) => inJson(now, { Token: undefined })],
    ["a field of another type", (now) => inJson(now, { AccessKeyId: 7 })],
    ["a line break in a header", (now) => inJson(now, { Token: "canary\r\nx-evil: 1" })],
    ["a failure with status 200", (now) => inJson(now, { Code: "AssumeRoleUnauthorizedAccess", Message: "canary" })],
    ["a time that is over", (now) => inJson(now, { Expiration: new Date(now - 1000).toISOString() })],
  ])("is not taken from a container's service with %s", async (_, body) => {
    cloud.says = (__, ___, now) => ({ body: body(now) });
    expect(await cloud.credentials.ready(cloud.provider(container()))).toBe(false);
    expect(cloud.logged).toHaveLength(1);
    expect(cloud.logged.join("")).not.toContain("canary");
  });

  it.each(["..", "a/../../b", "<html>", "", "a\nb"])("is not asked for at a role called %j", async (name) => {
    cloud.says = ({ method }) => ({ body: method === "PUT" ? "session-1" : name });
    expect(await cloud.credentials.ready(cloud.provider({ type: "aws-instance", url: cloud.origin }))).toBe(false);
    expect(cloud.asked).toHaveLength(2);
    expect(cloud.logged.join("")).toContain("role: unreadable answer");
  });

  it("does without a token that is not there, is a folder, or is no token", async () => {
    const file = cloud.file("token", "no token\nat all");
    for (const tokenFile of ["/nowhere/token", dirname(file), file, cloud.file("long", "t".repeat(70_000))])
      expect(await cloud.credentials.ready(cloud.provider(webIdentity(tokenFile)))).toBe(false);
    expect(cloud.asked).toHaveLength(0);
    const reasons = cloud.logged.map((line) => JSON.parse(line)[2].reason);
    expect(reasons).toEqual([
      "token file cannot be read",
      "token file cannot be read",
      "token file holds no token",
      "token file is too large",
    ]);
  });
});

describe("A credential", () => {
  it("is waited for once, by all who need it", async () => {
    cloud.says = (_, __, now) => ({ body: inJson(now) });
    const provider = cloud.provider(container());
    const waits = Array.from({ length: 20 }, () => cloud.credentials.ready(provider));
    expect(waits.every((wait) => wait instanceof Promise)).toBe(true);
    expect(await Promise.all(waits.map((wait) => Promise.resolve(wait)))).toEqual(waits.map(() => true));
    expect(cloud.credentials.ready(provider)).toBe(true);
    expect(cloud.asked).toHaveLength(1);
  });

  it("is renewed ahead with what the token's file holds by then, and nobody waits", async () => {
    cloud.says = (_, number, now) => ({ body: stsAnswer(inOneHour(now), { ...SESSION, Token: `session-${number}` }) });
    const provider = cloud.provider(webIdentity());
    await cloud.credentials.ready(provider);
    cloud.later(HOUR_MS - 5 * MINUTE_MS - 1000);
    expect(cloud.credentials.ready(provider)).toBe(true);
    expect(cloud.asked).toHaveLength(1);
    cloud.file("token", "token-2");
    cloud.later(1000);
    expect(cloud.credentials.ready(provider)).toBe(true);
    expect(revealed(cloud.credentials.current(provider))).toContain("session-1");
    await expect.poll(() => revealed(cloud.credentials.current(provider))).toContain("session-2");
    const tokens = cloud.asked.map(({ body }) => new URLSearchParams(body).get("WebIdentityToken"));
    expect(tokens).toEqual(["token-1", "token-2"]);
  });

  it("serves on when it cannot be renewed, until it has expired; then nobody has one until it can", async () => {
    let isUp = true;
    cloud.says = (_, __, now) => (isUp ? { body: inJson(now) } : { status: 503, body: "canary" });
    const provider = cloud.provider(container());
    await cloud.credentials.ready(provider);
    isUp = false;
    cloud.later(HOUR_MS - MINUTE_MS);
    expect(cloud.credentials.ready(provider)).toBe(true);
    await expect.poll(() => cloud.logged.join("")).toContain("status 503");
    expect(cloud.credentials.ready(provider)).toBe(true);
    expect(cloud.asked).toHaveLength(2);
    cloud.later(MINUTE_MS - 10_000);
    expect(cloud.credentials.current(provider)).toBeUndefined();
    expect(await cloud.credentials.ready(provider)).toBe(false);
    // For five seconds nobody waits, and nobody asks.
    expect(cloud.credentials.ready(provider)).toBe(false);
    expect(cloud.asked).toHaveLength(3);
    isUp = true;
    cloud.later(5_000);
    expect(await cloud.credentials.ready(provider)).toBe(true);
    expect(cloud.logged.join("")).not.toContain("canary");
  });

  it("is not asked for again and again where the same is given until near its end", async () => {
    const expiration = new Date(cloud.world.clock.now() + 4 * MINUTE_MS).toISOString();
    cloud.says = (_, __, now) => ({ body: inJson(now, { Expiration: expiration }) });
    const provider = cloud.provider(container());
    await cloud.credentials.ready(provider);
    expect(cloud.credentials.ready(provider)).toBe(true);
    await expect.poll(() => cloud.asked.length).toBe(2);
    await cloud.world.clock.sleep(50);
    for (let count = 0; count < 5; count += 1) expect(cloud.credentials.ready(provider)).toBe(true);
    await cloud.world.clock.sleep(50);
    expect(cloud.asked).toHaveLength(2);
    cloud.later(5_000);
    expect(cloud.credentials.ready(provider)).toBe(true);
    await expect.poll(() => cloud.asked.length).toBe(3);
  });

  it("that is not taken any more is forgotten, unless a later one is at hand", async () => {
    cloud.says = (_, number, now) => ({ body: inJson(now, { Token: `session-${number}` }) });
    const provider = cloud.provider(container());
    await cloud.credentials.ready(provider);
    const sentMs = cloud.world.clock.monotonicMs();
    cloud.credentials.forget(provider, sentMs);
    expect(cloud.credentials.current(provider)).toBeUndefined();
    cloud.later(1);
    expect(await cloud.credentials.ready(provider)).toBe(true);
    cloud.credentials.forget(provider, sentMs);
    expect(revealed(cloud.credentials.current(provider))).toContain("session-2");
  });

  it("is that of one identity, also after its configuration was read again, and of no other", async () => {
    cloud.says = (_, number, now) => ({ body: inJson(now, { Token: `session-${number}` }) });
    const [one, again, other] = [container(), container(), container({ token: new Secret("t") })].map((identity) =>
      cloud.provider(identity),
    );
    if (one === undefined || again === undefined || other === undefined) throw new Error("three were made");
    await cloud.credentials.ready(one);
    expect(cloud.credentials.ready(again)).toBe(true);
    await cloud.credentials.ready(other);
    expect(revealed(cloud.credentials.current(again))).toContain("session-1");
    expect(revealed(cloud.credentials.current(other))).toContain("session-2");
  });

  it("is that of one container's token, where another one is given something else at the same address", async () => {
    cloud.says = ({ headers }, _, now) => ({ body: inJson(now, { Token: `of-${headers["authorization"]}` }) });
    const [one, other] = ["one", "other"].map((token) => cloud.provider(container({ token: new Secret(token) })));
    if (one === undefined || other === undefined) throw new Error("two were made");
    for (const provider of [one, other]) expect(await cloud.credentials.ready(provider)).toBe(true);
    expect(revealed(cloud.credentials.current(one))).toContain("of-one");
    expect(revealed(cloud.credentials.current(other))).toContain("of-other");
  });

  it("that is refused is told with where it was asked for, and without a path that only its container knows", async () => {
    expect(await cloud.credentials.ready(cloud.provider(container()))).toBe(false);
    expect(cloud.logged).toEqual([expect.stringContaining(`"account":"aws-container at ${cloud.origin}"`)]);
  });

  it("is not asked for at another address that the first one names", async () => {
    const elsewhere = await StandIn.start();
    elsewhere.says = (_, __, now) => ({ body: inJson(now) });
    cloud.world.network.allow([], [cloud.origin, elsewhere.origin]);
    cloud.says = () => ({ status: 302, headers: { location: `${elsewhere.origin}/` }, body: "" });
    expect(await cloud.credentials.ready(cloud.provider(container()))).toBe(false);
    expect(cloud.logged.join("")).toContain("status 302");
    expect(elsewhere.asked).toEqual([]);
    elsewhere.stop();
  });

  it("comes from an origin that was allowed for credentials alone, and calls do not reach that", async () => {
    cloud.says = (_, __, now) => ({ body: inJson(now) });
    cloud.world.network.allow([cloud.origin]);
    expect(await cloud.credentials.ready(cloud.provider(container()))).toBe(false);
    expect(cloud.logged.join("")).toContain("origin-not-allowed");
    cloud.world.network.allow([], [cloud.origin]);
    const upstream = cloud.world.network.upstream(cloud.origin, { connectTimeoutMs: 1000 });
    const problem = await new Promise<string>((resolve) => {
      const request = { method: "GET", path: "/latest/meta-data/", headers: [], body: undefined };
      upstream.send(request, {
        head: () => resolve("answered"),
        data: () => true,
        end: () => undefined,
        problem: ({ type }) => resolve(type),
      });
    });
    expect(problem).toBe("origin-not-allowed");
    expect(cloud.asked).toEqual([]);
    await upstream.close();
  });
});
