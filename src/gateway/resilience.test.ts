import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "#units";
import { type Network, type Upstream } from "#world";
import { answering, ask, chat, doneFrame, frame, Rig, type RigOptions, type Script, usageFrame } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

async function start(script: Script, differing: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({
    script,
    more: [{ name: "second" }],
    routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"] } },
    ...differing,
  });
  return rig;
}

const support = (fields: object = {}) => chat({ model: "support", ...fields });
const providersOf = (made: Rig) => made.booked("attempt-dispatched").map(({ provider }) => provider);

describe("a stream", () => {
  const lifecycle = `data: ${JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    model: "gpt-5-mini",
    choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }],
  })}\n\n`;

  it.for<[string, (response: Parameters<Script>[1]) => void]>([
    ["breaks", (response) => void setTimeout(() => response.destroy(), 10)],
    ["ends", (response) => void response.end()],
    ["holds an error", (response) => void response.end('data: {"error":{"message":"overloaded"}}\n\n')],
  ])("whose beginning is all that came when it %s falls over to the next target unseen", async ([, fail]) => {
    const made = await start((sent, response, number) => {
      if (number > 1) return answering(sent, response, number);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(lifecycle);
      fail(response);
    });
    const answer = await ask(made, { body: support({ stream: true }) });
    expect(answer).toMatchObject({ status: 200, isCut: false, body: frame("one") + frame("two") + doneFrame });
    expect(providersOf(made)).toEqual(["openai", "second"]);
  });

  it("keeps its beginning, byte for byte, when content follows", async () => {
    const made = await start((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(lifecycle);
      setTimeout(() => response.end(frame("x") + usageFrame + doneFrame), 10);
    });
    expect((await ask(made, { body: support({ stream: true }) })).body).toBe(lifecycle + frame("x") + doneFrame);
  });

  it("begins at once where no other target could answer", async () => {
    const made = await start(
      (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(lifecycle);
        setTimeout(() => response.destroy(), 10);
      },
      { routes: { support: { to: ["openai/gpt-5-mini"] } } },
    );
    expect(await ask(made, { body: support({ stream: true }) })).toMatchObject({ status: 200, isCut: true });
  });

  it("that has shown content is never begun again", async () => {
    const made = await start((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame("one"));
      setTimeout(() => response.destroy(), 10);
    });
    expect(await ask(made, { body: support({ stream: true }) })).toMatchObject({ isCut: true });
    expect(made.sent).toHaveLength(1);
  });
});

describe("a target that is limited", () => {
  it("is left alone for as long as it asked, while the next one answers", async () => {
    const made = await start((sent, response, number) => {
      if (number > 1) return answering(sent, response, number);
      response.writeHead(429, { "retry-after": "60" }).end("{}");
    });
    for (let time = 0; time < 3; time += 1) expect((await ask(made, { body: support() })).status).toBe(200);
    expect(providersOf(made)).toEqual(["openai", "second", "second", "second"]);
    expect(made.booked("attempt-dispatched")[2]?.why).toContain("target 1 of 2");
  });

  it.for([429, 503])("and says %i for 5 s is not waited for while another target can be asked", async (status) => {
    const made = await start(
      (sent, response, number) => {
        if (number > 1) return answering(sent, response, number);
        response.writeHead(status, { "retry-after": "5" }).end("{}");
      },
      { direct: { retries: 1 } },
    );
    const before = performance.now();
    expect((await ask(made, { body: support() })).status).toBe(200);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(providersOf(made)).toEqual(["openai", "second"]);
  });

  it.for<[string, { limited: number; fields: object; asked: string[] }, Partial<RigOptions>]>([
    ["rests too", { limited: 2, fields: {}, asked: ["openai", "second", "second"] }, {}],
    [
      "cannot take the call",
      { limited: 1, fields: { logit_bias: { 50: 1 } }, asked: ["openai", "openai"] },
      { more: [{ name: "second", format: "anthropic" }] },
    ],
  ])("is waited for where the other one %s", async ([, { limited, fields, asked }, differing]) => {
    const made = await start(
      (sent, response, number) => {
        if (number > limited) return answering(sent, response, number);
        response.writeHead(429, { "retry-after-ms": "1100" }).end("{}");
      },
      { direct: { retries: 1 }, ...differing },
    );
    const before = performance.now();
    expect((await ask(made, { body: support(fields) })).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(1_095);
    expect(providersOf(made)).toEqual(asked);
  });

  it("is asked with its next key at once, and the limited one rests", async () => {
    const made = await start(
      (sent, response, number) => {
        if (sent.headers.authorization !== "Bearer key-one") return answering(sent, response, number);
        response.writeHead(429, { "retry-after": "60" }).end("{}");
      },
      { provider: { apiKey: new Secret("key-one"), moreKeys: [new Secret("key-two")] }, routes: {} },
    );
    for (let time = 0; time < 3; time += 1) expect((await ask(made, { body: chat() })).status).toBe(200);
    expect(made.sent.filter(({ headers }) => headers.authorization === "Bearer key-one")).toHaveLength(1);
  });

  it.for([401, 403, 429])("is asked with its next key by all of a burst when the first is told %i", async (status) => {
    const held: Parameters<Script>[1][] = [];
    const made = await start(
      (sent, response, number) => {
        if (sent.headers.authorization !== "Bearer key-one") return answering(sent, response, number);
        held.push(response);
        if (held.length === 10) for (const each of held) each.writeHead(status).end("{}");
      },
      { provider: { apiKey: new Secret("key-one"), moreKeys: [new Secret("key-two")] }, routes: {} },
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(made, { body: chat() })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(made.sent).toHaveLength(30);
  });

  it("never quotes any of its keys to a client", async () => {
    const made = await start((_, response) => void response.writeHead(400).end('{"error":{"message":"bad key-two"}}'), {
      provider: { apiKey: new Secret("key-one"), moreKeys: [new Secret("key-two")] },
    });
    expect((await ask(made, { body: chat() })).body).not.toContain("key-two");
  });
});

describe("a target that is down", () => {
  it("is asked no more after five failures, and every call is answered", async () => {
    const made = await start((sent, response, number) => answering(sent, response, number), {
      provider: { origin: "http://127.0.0.1:1" },
    });
    for (let time = 0; time < 10; time += 1) expect((await ask(made, { body: support() })).status).toBe(200);
    expect(providersOf(made).filter((name) => name === "openai")).toHaveLength(5);
    expect(made.booked("attempt-settled").filter(({ callEnd }) => callEnd)).toHaveLength(10);
  });

  it("is retried within its budget: a fifth of the attempts, and three", async () => {
    const made = await start((_, response) => void response.writeHead(503, { "retry-after-ms": "1" }).end("{}"), {
      routes: {},
      direct: { retries: 5 },
    });
    await Promise.all(Array.from({ length: 30 }, () => ask(made, { body: chat() })));
    const purposes = made.booked("attempt-dispatched").map(({ purpose }) => purpose);
    expect(purposes.filter((purpose) => purpose === "retry").length).toBeLessThanOrEqual(6);
    expect(purposes.filter((purpose) => purpose === "answer")).toHaveLength(30);
  });
});

const limited: Script = (_, response) => void response.writeHead(429, { "retry-after": "60" }).end('{"error":"full"}');

describe("a target that failed, before one that cannot take the call,", () => {
  const more = [{ name: "second", format: "anthropic" }] as const;

  it("is what the client hears of, as it came", async () => {
    const made = await start(limited, { more });
    const answer = await ask(made, { body: support({ logit_bias: { 50: 1 } }) });
    expect(answer).toMatchObject({ status: 429, body: '{"error":"full"}', headers: { "retry-after": "60" } });
    expect(made.booked("attempt-corrected")).toMatchObject([
      { reason: "unsupported_field before the next attempt", settlement: { callEnd: true, status: 429 } },
    ]);
    expect(made.booked("call-refused")).toEqual([]);
  });

  it("is followed by the last resort of the route", async () => {
    const lastResort = { lastGoodMs: undefined, text: "Later." };
    const made = await start(limited, { more, direct: { lastResort } });
    const answer = await ask(made, { body: support({ logit_bias: { 50: 1 } }) });
    expect(answer).toMatchObject({ status: 200, headers: { "x-tare-cache": "static", "x-tare-attempts": "1" } });
    expect(made.booked("attempt-settled").map(({ callEnd }) => callEnd)).toEqual([false]);
    expect(made.booked("attempt-corrected")).toEqual([]);
  });
});

/** A resolver that fails while it is told to; whatever has an address of its own is reached. */
class Flapping {
  isDown = false;

  wrap(network: Network): Network {
    return { ...bound(network), upstream: (origin, options) => this.#upstream(network.upstream(origin, options)) };
  }

  #upstream(upstream: Upstream): Upstream {
    return {
      origin: upstream.origin,
      close: () => upstream.close(),
      send: (request, sink) => {
        if (!this.isDown || !upstream.origin.includes("localhost")) return upstream.send(request, sink);
        setImmediate(() => sink.problem({ type: "dns-failed", detail: "EAI_AGAIN" }));
        return { resume: () => undefined, cancel: () => undefined };
      },
    };
  }
}

function bound(network: Network): Network {
  return {
    upstream: (origin, options) => network.upstream(origin, options),
    allow: (origins) => network.allow(origins),
    listen: (server, where) => network.listen(server, where),
  };
}

describe("a target whose name resolves only now and then", () => {
  it("is never noticed by a client, costs nothing while it is away, and takes calls again when it is back", async () => {
    const flapping = new Flapping();
    const flaky: { name: string; origin: string } = { name: "flaky", origin: "" };
    const made = await Rig.start({
      script: answering,
      more: [flaky],
      routes: { support: { to: ["flaky/gpt-5-mini", "openai/gpt-5-mini"], retries: 1 } },
      network: (network) => flapping.wrap(network),
      placed: (origin) => {
        flaky.origin = origin.replace("127.0.0.1", "localhost");
      },
    });
    rig = made;
    for (let time = 0; time < 40; time += 1) {
      flapping.isDown = Math.floor(time / 4) % 2 === 1;
      expect((await ask(made, { body: support() })).status).toBe(200);
    }
    const settled = made.booked("attempt-settled");
    const away = settled.filter(({ error }) => error === "upstream_dns");
    expect(away.length).toBeGreaterThan(3);
    for (const { cost, residual } of away)
      expect({ cost, residual }).toEqual({ cost: { type: "priced", nanos: 0n }, residual: 0n });
    expect(settled.filter(({ callEnd }) => callEnd)).toHaveLength(40);
    const retries = made.booked("attempt-dispatched").filter(({ purpose }) => purpose === "retry");
    expect(retries.length).toBeLessThanOrEqual(3 + 0.2 * settled.length);
  });
});

describe("a call's own deadline", () => {
  it("ends it, through all attempts, and is not held against the target", async () => {
    const made = await start(() => undefined);
    const answer = await ask(made, { body: support(), headers: { "x-tare-deadline-ms": "50" } });
    expect(answer.status).toBe(504);
    expect(answer.body).toContain("deadline_exceeded");
    expect(made.sent).toHaveLength(1);
    expect(made.gateway.metrics().targets.map(({ failures }) => failures)).toContain(0);
  });

  it("leaves no time for a retry that would come after it", async () => {
    const made = await start((_, response) => void response.writeHead(503, { "retry-after": "5" }).end("{}"), {
      routes: {},
      direct: { retries: 3 },
    });
    const answer = await ask(made, { body: chat(), headers: { "x-tare-deadline-ms": "1000" } });
    expect([answer.status, made.sent.length]).toEqual([503, 1]);
  });

  it.for(["0", "-1", "1.5", "soon", "99999999999"])("of %j is refused", async (text) => {
    const made = await start(answering);
    const answer = await ask(made, { body: support(), headers: { "x-tare-deadline-ms": text } });
    expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([400, "invalid_deadline"]);
  });
});

describe("residency", () => {
  it("keeps every attempt in the region, also when everything there fails", async () => {
    const made = await start((_, response) => void response.writeHead(503).end("{}"), {
      provider: { region: "us" },
      more: [{ name: "second", region: "eu" }],
      routes: { support: { to: ["openai/gpt-5-mini", "second/gpt-5-mini"], regions: ["eu"] } },
    });
    expect((await ask(made, { body: support() })).status).toBe(503);
    expect(new Set(made.booked("attempt-dispatched").map(({ region }) => region))).toEqual(new Set(["eu"]));
  });

  it("refuses a call that no target in the region may take", async () => {
    const made = await start(answering, { direct: { regions: ["eu"] } });
    expect((await ask(made, { body: chat() })).body).toContain("no_target");
    expect(made.sent).toHaveLength(0);
  });
});
