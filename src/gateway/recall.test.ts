import { afterEach, describe, expect, it } from "vitest";
import { type Route } from "#routing";
import { money } from "#units";
import {
  answering,
  ask,
  chat,
  doneFrame,
  frame,
  Rig,
  type RigOptions,
  type Script,
  usageFrame,
  wholeAnswer,
} from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

const exact = { exactMs: 60_000, tools: false };

async function start(script: Script = answering, differing: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script, direct: { cache: exact }, ...differing });
  return rig;
}

function markOf({ headers }: Awaited<ReturnType<typeof ask>>) {
  return headers["x-tare-cache"];
}

describe("an identical call", () => {
  it("gets the same bytes again without a provider, as an entry of its own that says what it avoided", async () => {
    const made = await start();
    const first = await ask(made, { body: chat() });
    const second = await ask(made, { body: chat({ user: "somebody else" }) });
    expect([first, second].map(markOf)).toEqual(["miss", "exact"]);
    expect(second.body).toBe(first.body);
    expect(second.headers).toMatchObject({
      "x-tare-cost": "0",
      "x-tare-attempts": "0",
      "x-tare-target": "openai/gpt-5-mini",
    });
    expect(made.sent).toHaveLength(1);
    const [settled] = made.booked("attempt-settled");
    const [recalled] = made.booked("answer-recalled");
    expect(settled?.cost).toMatchObject({ type: "priced" });
    expect(recalled).toMatchObject({ how: "exact", call: second.headers["x-tare-call"], number: 1 });
    expect(settled?.cost.type === "priced" && settled.cost.nanos).toBe(recalled?.avoided);
    const counted = made.gateway.metrics().counters.find(({ name }) => name === "tare_avoided_nanos_total");
    expect(counted?.value).toBe(Number(recalled?.avoided));
  });

  it("is understood and booked alike each time, however often it comes", async () => {
    const made = await start();
    const body = chat({ metadata: { tare_customer: "acme" } });
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await ask(made, { body }));
    expect(answers.map(markOf)).toEqual(["miss", "exact", "exact", "exact"]);
    const differing = { at: 0, attempt: "", call: "", durationMs: 0 };
    const [first, ...others] = made.booked("answer-recalled").map((event) => {
      const { interaction: _, ...whose } = event.attribution;
      return { ...event, ...differing, attribution: whose };
    });
    expect(first).toMatchObject({ operation: "chat", model: "gpt-5-mini", attribution: { customer: "acme" } });
    expect(others).toEqual([first, first]);
    // Not cached, it goes upstream as it came.
    await ask(made, { body, headers: { "x-tare-cache": "off" } });
    expect(made.sent[1]?.body).toEqual(made.sent[0]?.body);
    expect(made.sent).toHaveLength(2);
  });

  it("that waited for its leader until its own deadline is refused, and no attempt is made of it", async () => {
    const go = Promise.withResolvers<void>();
    const made = await start((...args) => void go.promise.then(() => answering(...args)));
    const leader = ask(made, { body: chat() });
    await expect.poll(() => made.sent).toHaveLength(1);
    const follower = await ask(made, { body: chat(), headers: { "x-tare-deadline-ms": "100" } });
    expect([follower.status, JSON.parse(follower.body)]).toMatchObject([504, { error: { code: "deadline_exceeded" } }]);
    go.resolve();
    expect((await leader).status).toBe(200);
    expect(made.sent).toHaveLength(1);
    expect(made.booked("attempt-dispatched")).toHaveLength(1);
    expect(made.booked("call-refused")).toMatchObject([{ code: "deadline_exceeded" }]);
  });

  it("gets a stream with its usage again when it asked for a stream, and never the other", async () => {
    const made = await start();
    const body = chat({ stream: true, stream_options: { include_usage: true } });
    const streamed = [await ask(made, { body }), await ask(made, { body })];
    expect(streamed.map(markOf)).toEqual(["miss", "exact"]);
    expect(streamed[1]?.body).toBe(frame("one") + frame("two") + usageFrame + doneFrame);
    expect(streamed[1]?.headers["content-type"]).toBe("text/event-stream");
    expect(markOf(await ask(made, { body: chat() }))).toBe("miss");
  });

  it("waits for the one that is being made, and is answered and booked for itself", async () => {
    let go: (() => void) | undefined;
    const made = await start((sent, response, number) => {
      go = () => answering(sent, response, number);
    });
    const all = Array.from({ length: 5 }, () => ask(made, { body: chat() }));
    await expect.poll(() => made.gateway.metrics().callsRunning).toBe(5);
    await expect.poll(() => made.sent).toHaveLength(1);
    go?.();
    const answers = await Promise.all(all);
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([wholeAnswer]));
    expect(made.sent).toHaveLength(1);
    expect(made.booked("answer-recalled")).toHaveLength(4);
    expect(new Set(answers.map(({ headers }) => headers["x-tare-call"])).size).toBe(5);
  });

  it("is made again by one of those who waited when nothing came of it", async () => {
    const go = Promise.withResolvers<void>();
    const made = await start((sent, response, number) => {
      if (number > 1) return answering(sent, response, number);
      void go.promise.then(() =>
        response.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"no"}}'),
      );
    });
    const asked = Array.from({ length: 4 }, () => ask(made, { body: chat() }));
    await expect.poll(() => made.gateway.metrics().callsRunning).toBe(4);
    go.resolve();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 200, 200, 400]);
    expect(made.sent).toHaveLength(2);
  });
});

describe("an answer is never kept", () => {
  it.for<[string, Script]>([
    ["of an error", (_, response) => void response.writeHead(400).end('{"error":{"message":"no"}}')],
    [
      "that was cut",
      (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(frame("one"));
      },
    ],
    [
      "that ends in an error",
      (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(`${frame("one")}data: {"error":{"message":"overloaded","type":"server_error"}}\n\n`);
      },
    ],
  ])("%s", async ([, script]) => {
    const made = await start(script);
    for (let time = 0; time < 2; time += 1) await ask(made, { body: chat({ stream: true }) });
    expect(made.sent).toHaveLength(2);
    expect(made.booked("answer-recalled")).toEqual([]);
  });

  it.for([
    ["that is a page", "text/html", "<html>Sign in</html>"],
    ["that is a page and says that it is JSON", "application/json", "<html>Sign in</html>"],
    ["that is empty", "application/json", ""],
    ["that says nothing", "application/json", "{}"],
    ["without choices", "application/json", wholeAnswer.replace(/"choices":\[.*?\],"usage"/, '"choices":[],"usage"')],
    ["that breaks off in words", "application/json", wholeAnswer.replace(/"usage".*/, "upstream timed out")],
    ["that holds nothing but an error", "application/json", '{"error":{"message":"overloaded"}}'],
  ])("%s", async ([, contentType, body]) => {
    const made = await start((_, response) => void response.writeHead(200, { "content-type": contentType }).end(body));
    for (let time = 0; time < 2; time += 1) expect(markOf(await ask(made, { body: chat() }))).toBe("miss");
    expect(made.sent).toHaveLength(2);
    expect(made.booked("answer-recalled")).toEqual([]);
  });

  it.for([
    ["that is an empty list", '{"object":"list","data":[]}', "miss"],
    ["unless it holds a vector", '{"object":"list","data":[{"embedding":[0.5],"index":0}]}', "exact"],
  ])("to numbers that are to be embedded, %s", async ([, answer = "", mark]) => {
    const made = await start((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(answer);
    });
    const body = JSON.stringify({ model: "text-embedding-3-small", input: [1, 2] });
    await ask(made, { path: "/v1/embeddings", body });
    expect(markOf(await ask(made, { path: "/v1/embeddings", body }))).toBe(mark);
  });

  it("in a stream without any content", async () => {
    const made = await start((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).end(doneFrame);
    });
    for (let time = 0; time < 2; time += 1) await ask(made, { body: chat({ stream: true }) });
    expect(made.sent).toHaveLength(2);
  });

  it.for([
    ["to a call that offers tools", { tools: [{ type: "function", function: { name: "send" } }] }, {}],
    [
      "to a call that looks at something by its address",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://x/y.png" } }] }] },
      {},
    ],
    ["that carries a receipt", { stream: true }, { "x-tare-receipt": "1" }],
    ["when the client wants none", {}, { "x-tare-cache": "off" }],
  ] as const)("%s", async ([, fields, headers]) => {
    const made = await start(answering, { direct: { cache: exact, holdCeiling: money(10n ** 9n) } });
    for (let time = 0; time < 2; time += 1) await ask(made, { body: chat(fields), headers });
    expect(made.sent).toHaveLength(2);
  });

  it("longer than the route says", async () => {
    const made = await start(answering, { direct: { cache: { exactMs: 1, tools: false } } });
    await ask(made, { body: chat() });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(markOf(await ask(made, { body: chat() }))).toBe("miss");
  });
});

describe("routes with the same targets", () => {
  const to = ["openai/gpt-5-mini"];

  it("share answers", async () => {
    const made = await start(answering, { routes: { one: { to }, other: { to } } });
    await ask(made, { body: chat({ model: "one" }) });
    expect(markOf(await ask(made, { body: chat({ model: "other" }) }))).toBe("exact");
  });

  it.for<[string, Partial<Route>]>([
    ["output", { maxOutputTokens: 4_000 }],
    ["fields without a place", { onUnsupported: "drop" }],
    ["the age of answers", { cache: { exactMs: 1_000, tools: false } }],
  ])("and other rules for %s share none", async ([, rule]) => {
    const made = await start(answering, { routes: { one: { to }, other: { to, ...rule } } });
    for (const model of ["one", "other"]) expect(markOf(await ask(made, { body: chat({ model }) }))).toBe("miss");
    for (const model of ["one", "other"]) expect(markOf(await ask(made, { body: chat({ model }) }))).toBe("exact");
  });

  it("share none between keys of one team whose answers may be of other lengths", async () => {
    const made = await start(answering, {
      key: { team: "one", maxOutputTokens: 16 },
      keys: [{ secret: "tare_sk_longer", team: "one" }],
    });
    const short = await ask(made, { body: chat() });
    expect(short.headers["x-tare-max-tokens"]).toBe("16");
    expect((await ask(made, { body: chat() })).headers).toMatchObject({
      "x-tare-cache": "exact",
      "x-tare-max-tokens": "16",
    });
    const longer = { authorization: "Bearer tare_sk_longer" };
    expect(markOf(await ask(made, { body: chat(), headers: longer }))).toBe("miss");
  });
});

describe("an answer that was kept", () => {
  it.for(["of", "OFF", "", "off, refresh"])(
    "is asked for in words that are known, which %j is none of",
    async (word) => {
      const made = await start(answering);
      const answer = await ask(made, { body: chat(), headers: { "x-tare-cache": word } });
      expect(answer.status).toBe(400);
      const message = expect.stringContaining("`x-tare-cache` must be");
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "invalid_cache_wish", message } });
      expect(made.sent).toHaveLength(0);
    },
  );

  it("is made anew and kept in its place when the client asks for that", async () => {
    let answers = 0;
    const made = await start((_, response) => {
      answers += 1;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(wholeAnswer.replace("answer-canary", `answer ${answers}`));
    });
    await ask(made, { body: chat() });
    const fresh = await ask(made, { body: chat(), headers: { "x-tare-cache": "refresh" } });
    expect([markOf(fresh), fresh.body.includes("answer 2")]).toEqual(["miss", true]);
    expect((await ask(made, { body: chat() })).body).toContain("answer 2");
  });

  it("is another tenant's never, however alike the calls", async () => {
    const made = await start(answering, {
      key: { team: "one" },
      keys: [{ secret: "tare_sk_other-tenant", team: "two" }],
    });
    await ask(made, { body: chat() });
    const other = await ask(made, { body: chat(), headers: { authorization: "Bearer tare_sk_other-tenant" } });
    expect(markOf(other)).toBe("miss");
    expect(made.sent).toHaveLength(2);
  });

  it("is gone when it is forgotten by its feature, and when the configuration changes", async () => {
    const made = await start();
    const headers = { "x-tare-feature": "search" };
    await ask(made, { body: chat(), headers });
    made.gateway.forgetAnswers({ feature: "chat" });
    expect(markOf(await ask(made, { body: chat(), headers }))).toBe("exact");
    made.gateway.forgetAnswers({ feature: "search" });
    expect(markOf(await ask(made, { body: chat(), headers }))).toBe("miss");
  });

  it("is not given while the books cannot be written", async () => {
    const made = await start();
    await ask(made, { body: chat() });
    made.isDiskFull = true;
    expect((await ask(made, { body: chat() })).status).toBe(503);
  });
});
