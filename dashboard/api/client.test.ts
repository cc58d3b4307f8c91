import { describe, expect, it, vi } from "vitest";
import { createClient } from "./client.ts";
import { ProblemError } from "./problem-error.ts";
import { takeToken } from "./take-token.ts";

function clientThatGets(response: () => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = [];
  const client = createClient(async (url, init) => {
    asked.push({ url, init });
    return await response();
  });
  return { client, asked };
}

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

describe("the client", () => {
  it("asks as the contract says: comma list of dimensions, filters by their names, repeated for OR", async () => {
    const { client, asked } = clientThatGets(() => json({ rows: [] }));
    const filters = { team: ["support", "legal & co"], model: ["gpt-5"] };
    await client.spend({ by: ["feature", "day"], from: 0, to: 60_000, timezone: "Europe/Berlin", filters });
    expect(asked[0]?.url).toBe(
      "/api/v1/spend?from=1970-01-01T00%3A00%3A00.000Z&to=1970-01-01T00%3A01%3A00.000Z&by=feature%2Cday" +
        "&tz=Europe%2FBerlin&team=support&team=legal+%26+co&model=gpt-5",
    );
    expect(asked[0]?.init).toMatchObject({ method: "GET", credentials: "same-origin" });
  });

  it("asks in the words that the server has a browser ask early, and with nothing beside them", async () => {
    const { client, asked } = clientThatGets(() => json({}));
    await client.status();
    await client.interaction({ interaction: "ticket 7>", tenant: undefined });
    expect(asked.map(({ url }) => url)).toEqual(["/api/v1/status", "/api/v1/interactions/ticket%207%3E?entries=none"]);
    for (const { init } of asked)
      expect(init).toMatchObject({ method: "GET", credentials: "same-origin", headers: {} });
    for (const { init } of asked) expect(init.headers).toEqual({});
  });

  it("never lets an id leave its place in the path", async () => {
    const { client, asked } = clientThatGets(() => json({}));
    await client.call("../keys?x=1");
    expect(asked[0]?.url).toBe("/api/v1/calls/..%2Fkeys%3Fx%3D1");
  });

  it.for([
    [401, "signed-out"],
    [403, "forbidden"],
    [404, "missing"],
    [422, "refused"],
    [503, "broken"],
  ] as const)("tells a %d by its reason and keeps the problem", async ([status, reason]) => {
    const problem = { type: "t", title: "No", status, detail: "Because.", code: "some_code" };
    const { client } = clientThatGets(() => json(problem, status));
    const failure = await client.status().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect(failure).toMatchObject({ reason, problem: { code: "some_code" } });
  });

  it("waits ten seconds for the status of a server that hangs, and not at all when nobody asks any more", async () => {
    vi.useFakeTimers();
    const hanging = createClient((_, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    });
    const slow = hanging.status().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await slow).toMatchObject({ reason: "slow" });
    const leaving = new AbortController();
    const left = hanging.status(leaving.signal).catch((error: unknown) => error);
    leaving.abort();
    expect(await left).toMatchObject({ message: "aborted" });
    vi.useRealTimers();
  });

  it("tells a server that is away from one that is not Tare", async () => {
    const away = createClient(() => Promise.reject(new TypeError("failed")));
    await expect(away.status()).rejects.toMatchObject({ reason: "unreachable" });
    const proxy = clientThatGets(() => new Response("<html>Log in to the hotel</html>"));
    await expect(proxy.client.status()).rejects.toMatchObject({ reason: "unreadable" });
    const gateway = clientThatGets(() => new Response("<html>Bad gateway</html>", { status: 502 }));
    await expect(gateway.client.status()).rejects.toMatchObject({ reason: "broken", problem: undefined });
  });

  it("lets an answer be empty", async () => {
    const { client, asked } = clientThatGets(() => new Response(null, { status: 204 }));
    await client.signOut();
    expect(asked[0]?.init.method).toBe("DELETE");
  });
});

function taken(hash: string) {
  const urls: string[] = [];
  const history = {
    replaceState: (_: unknown, __: string, url?: string | URL | null) => void urls.push(String(url)),
  };
  return { token: takeToken({ hash, pathname: "/calls", search: "?range=7d" }, history), urls };
}

describe("the one-time token of a link", () => {
  it("is taken out of the URL, and nothing else of it is", () => {
    expect(taken("#token=abc")).toEqual({ token: "abc", urls: ["/calls?range=7d"] });
  });

  it("leaves a URL alone that has none", () => {
    expect(taken("")).toEqual({ token: undefined, urls: [] });
    expect(taken("#entry")).toEqual({ token: undefined, urls: [] });
  });
});
