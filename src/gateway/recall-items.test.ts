import { afterEach, describe, expect, it } from "vitest";
import { ask, Rig, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

interface Asked {
  readonly input: string[];
}

/** The vector of a text is its length and its first letter; out of order, as some servers answer. */
const embedding: Script = (sent, response) => {
  const { input } = JSON.parse(sent.body) as Asked;
  const data = input.map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) })).toReversed();
  const usage = { prompt_tokens: input.length * 1_000, total_tokens: input.length * 1_000 };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ object: "list", data, model: "text-embedding-3-small", usage }));
};

function vectorOf(text: string): number[] {
  return [text.length / 7, text.charCodeAt(0)];
}

async function start(script: Script = embedding): Promise<Rig> {
  rig = await Rig.start({ script, direct: { cache: { exactMs: 60_000, tools: false } } });
  return rig;
}

async function embed(made: Rig, input: string | readonly string[], fields: object = {}) {
  const body = JSON.stringify({ model: "text-embedding-3-small", input, ...fields });
  const answer = await ask(made, { path: "/v1/embeddings", body });
  const parsed = JSON.parse(answer.body) as {
    data: { index: number; embedding: number[] }[];
    usage: { prompt_tokens: number };
  };
  return {
    ...answer,
    vectors: parsed.data?.map((each) => each.embedding),
    usage: parsed.usage,
    mark: answer.headers["x-tare-cache"],
  };
}

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index} text`);
const asksOf = (made: Rig) => made.sent.map(({ body }) => (JSON.parse(body) as Asked).input);

describe("a batch of texts to embed", () => {
  it("of which 90 of 100 are known asks for 10, gives all in order, and books both parts", async () => {
    const made = await start();
    await embed(made, texts(0, 90));
    const mixed = [...texts(95, 100), ...texts(0, 90), ...texts(90, 95)];
    const answer = await embed(made, mixed);
    expect(asksOf(made)[1]).toEqual([...texts(95, 100), ...texts(90, 95)]);
    expect(answer.vectors).toEqual(mixed.map(vectorOf));
    expect(answer.usage.prompt_tokens).toBe(10_000);
    const [first, second] = made.booked("attempt-settled");
    const paid = (one: typeof first) => (one?.cost.type === "priced" ? one.cost.nanos : undefined);
    expect(made.booked("answer-recalled")).toMatchObject([{ how: "exact", isPart: true, avoided: paid(first) }]);
    expect(Number(paid(first))).toBe(9 * Number(paid(second)));
  });

  it("that is known whole asks nobody, and avoids all that it had cost", async () => {
    const made = await start();
    await embed(made, texts(0, 3));
    const answer = await embed(made, ["1 text", "0 text", "1 text"]);
    expect([answer.mark, answer.vectors]).toEqual(["exact", ["1 text", "0 text", "1 text"].map(vectorOf)]);
    expect(made.sent).toHaveLength(1);
    expect((await embed(made, "2 text")).mark).toBe("exact");
    expect(made.booked("answer-recalled").map(({ isPart }) => isPart)).toEqual([undefined, undefined]);
  });

  it("asks for each text once", async () => {
    const made = await start();
    const answer = await embed(made, ["same", "same", "other", "same"]);
    expect(asksOf(made)).toEqual([["same", "other"]]);
    expect(answer.vectors).toEqual(["same", "same", "other", "same"].map(vectorOf));
  });

  it("keeps apart what is asked for with other dimensions or in another form", async () => {
    const made = await start();
    await embed(made, ["one"]);
    await embed(made, ["one"], { dimensions: 2 });
    await embed(made, ["one"], { encoding_format: "base64" });
    expect(made.sent).toHaveLength(3);
  });

  it("is an error when the provider does not answer for every text it was asked for, and nothing is kept", async () => {
    let isShort = false;
    const made = await start((sent, response, number) => {
      if (!isShort) return embedding(sent, response, number);
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"object":"list","data":[],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}');
    });
    await embed(made, ["known"]);
    isShort = true;
    const short = await embed(made, ["known", "unknown"]);
    expect([short.status, JSON.parse(short.body).error.tare_code]).toEqual([502, "upstream_no_answer"]);
    isShort = false;
    expect((await embed(made, ["unknown"])).mark).toBe("miss");
  });

  it.for([
    ["without saying which is whose", '{"object":"list","data":[{"embedding":[1]},{"embedding":[2]}]}'],
    ["with fewer", '{"object":"list","data":[{"index":0,"embedding":[1]}]}'],
    ["with a page", "<html>"],
  ])("is an error when texts that occur twice are answered %s", async ([, body]) => {
    const made = await start(
      (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end(body),
    );
    const answer = await embed(made, ["same", "same", "other"]);
    expect([answer.status, answer.vectors]).toEqual([502, undefined]);
    const whole = await ask(made, {
      path: "/v1/embeddings",
      body: JSON.stringify({ model: "text-embedding-3-small", input: ["one", "other"] }),
    });
    expect(whole).toMatchObject({ status: 200, body });
  });

  it.for([["null"], ["[]"], ['""']])("is not kept where a vector of it is %s", async ([vector]) => {
    let isEmpty = true;
    const made = await start((sent, response, number) => {
      if (!isEmpty) return embedding(sent, response, number);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`{"object":"list","data":[{"index":0,"embedding":${vector}}],"model":"m"}`);
    });
    await embed(made, ["text"]);
    isEmpty = false;
    const answer = await embed(made, ["text"]);
    expect([answer.mark, answer.vectors]).toEqual(["miss", [vectorOf("text")]]);
  });

  it("never holds vectors of two models where its route has both", async () => {
    let isDown = false;
    const to = ["openai/text-embedding-3-small", "openai/text-embedding-3-large"];
    rig = await Rig.start({
      script(sent, response) {
        const { input, model } = JSON.parse(sent.body) as Asked & { readonly model: string };
        const isSmall = model === "text-embedding-3-small";
        const data = input.map((_, index) => ({ index, embedding: [isSmall ? 1 : 2] }));
        response.writeHead(isDown && isSmall ? 503 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(isDown && isSmall ? {} : { object: "list", data, model }));
      },
      direct: { cache: { exactMs: 60_000, tools: false } },
      routes: { search: { to } },
    });
    const known = await embed(rig, ["a"], { model: "search" });
    isDown = true;
    const mixed = await embed(rig, ["a", "b"], { model: "search" });
    expect([known.vectors, mixed.vectors]).toEqual([[[1]], [[2], [2]]]);
    const again = await embed(rig, ["a", "b"], { model: "search" });
    expect([again.mark, again.vectors]).toEqual(["exact", [[2], [2]]]);
  });

  it("is not kept where it was forgotten while it was made", async () => {
    const go = Promise.withResolvers<void>();
    const made = await start((...args) => void go.promise.then(() => embedding(...args)));
    const first = embed(made, ["one"]);
    await expect.poll(() => made.sent).toHaveLength(1);
    made.gateway.forgetAnswers({});
    go.resolve();
    expect([(await first).vectors, (await embed(made, ["one"])).mark]).toEqual([[vectorOf("one")], "miss"]);
  });

  it("of token numbers is kept whole", async () => {
    const made = await start((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const data = [0, 1].map((index) => ({ index, embedding: [0.5] }));
      response.end(JSON.stringify({ object: "list", data, model: "m", usage: { prompt_tokens: 3 } }));
    });
    const body = JSON.stringify({ model: "text-embedding-3-small", input: [[1, 2], [3]] });
    const marks = [];
    for (let time = 0; time < 2; time += 1) {
      marks.push((await ask(made, { path: "/v1/embeddings", body })).headers["x-tare-cache"]);
    }
    expect(marks).toEqual(["miss", "exact"]);
  });
});
