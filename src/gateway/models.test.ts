/** What clients of each format are told of the models there are. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { KnownModels } from "./known-models.ts";
import { answering, ask, chat, CLIENT_SECRET, Rig, type RigOptions } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, routes: { support: { to: ["openai/gpt-4o"] } }, ...options });
  return rig;
}

const google = (made: Rig, apiVersion: string) =>
  new GoogleGenAI({ apiKey: CLIENT_SECRET, httpOptions: { baseUrl: made.url, apiVersion } });

const get = async (made: Rig, path: string, headers: Record<string, string> = {}) => {
  const { status, body } = await ask(made, { method: "GET", path, headers });
  return { status, body: JSON.parse(body) };
};

describe("The models there are", () => {
  // The SDK for Python asks at v1.
  it.each(["v1beta", "v1"])(
    "are listed page by page for Google's clients at %s, and are what calls name",
    async (at) => {
      const made = await start();
      const listed = [];
      for await (const model of await google(made, at).models.list({ config: { pageSize: 7 } })) listed.push(model);
      const openai = await get(made, "/v1/models");
      expect(listed.map(({ name }) => name)).toEqual(openai.body.data.map(({ id }: { id: string }) => `models/${id}`));
      expect(listed.length).toBeGreaterThan(7);
      const claude = await new Anthropic({ apiKey: CLIENT_SECRET, baseURL: made.url }).models.list();
      expect(claude.data.map(({ id }) => `models/${id}`)).toEqual(listed.map(({ name }) => name));
      const methods = new Map(listed.map(({ name, supportedActions }) => [name, supportedActions]));
      expect(methods.get("models/support")).toEqual(["generateContent"]);
      expect(methods.get("models/openai/gpt-5-mini")).toEqual(["generateContent"]);
      expect(methods.get("models/openai/text-embedding-3-small")).toEqual(["embedContent"]);
    },
  );

  it("are told one by one, by the names that calls may have", async () => {
    const made = await start();
    const client = new OpenAI({ apiKey: CLIENT_SECRET, baseURL: `${made.url}/v1`, maxRetries: 0 });
    for (const name of ["support", "openai/gpt-5-mini", "gpt-5-mini"]) {
      expect(await client.models.retrieve(name)).toMatchObject({ id: name, object: "model" });
    }
    for (const name of ["support", "openai/gpt-5-mini"]) {
      expect(await google(made, "v1beta").models.get({ model: name })).toMatchObject({ name: `models/${name}` });
    }
    await expect(client.models.retrieve("gpt-nobody")).rejects.toMatchObject({ status: 404, code: "unknown_model" });
    const none = await get(made, "/v1beta/models/nobody");
    expect([none.status, none.body.error.status]).toEqual([404, "NOT_FOUND"]);
  });

  it("are those that the key may use", async () => {
    const made = await start({ key: { models: ["support", "openai/gpt-5-mini"] } });
    const { body } = await get(made, "/v1beta/models");
    expect(body.models.map(({ name }: { name: string }) => name)).toEqual([
      "models/support",
      "models/openai/gpt-5-mini",
    ]);
    expect(body).not.toHaveProperty("nextPageToken");
    expect((await get(made, "/v1/models/openai/gpt-4o")).status).toBe(404);
    expect((await get(made, "/v1/models/gpt-5-mini")).status).toBe(200);
    expect((await get(made, "/v1beta/models", { authorization: "Bearer nobody" })).status).toBe(401);
  });

  it.for([
    [["gpt-5-mini"], ["gpt-5-mini"]],
    [["second/gpt-5-mini"], ["second/gpt-5-mini"]],
    [["openai/gpt-5-mini", "gpt-5-mini"], ["openai/gpt-5-mini"]],
    [["openai/gpt-4o-mini"], ["openai/gpt-4o-mini"]],
  ] as const)("are for a key of %j told by the names that it may ask for: %j", async ([models, told]) => {
    const made = await start({
      key: { models },
      more: [{ name: "second" }, { name: "router", dialect: "openrouter", prices: "openrouter" }],
    });
    const { body } = await get(made, "/v1/models");
    const ids = body.data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(told);
    for (const model of ["gpt-5-mini", "openai/gpt-5-mini", "second/gpt-5-mini", "router/openai/gpt-4o-mini"]) {
      const called = await ask(made, { body: chat({ model }) });
      const shown = await get(made, `/v1/models/${model}`);
      expect([model, shown.status === 200]).toEqual([model, called.status === 200]);
    }
  });

  it("are those of a configuration that has changed, and read once from each", async () => {
    const made = await start();
    const { snapshot } = made;
    const support = snapshot?.table.routes.get("support");
    if (snapshot === undefined || support === undefined) throw new Error("not started");
    const known = new KnownModels();
    const first = known.of(snapshot);
    expect(known.of(snapshot)).toBe(first);
    const routes = new Map([["sales", { ...support, name: "sales" }]]);
    const changed = { ...snapshot, table: { ...snapshot.table, routes } };
    expect(known.of(changed)).not.toBe(first);
    expect((await get(made, "/v1/models/support")).status).toBe(200);
    made.gateway.swap(changed);
    const ids = (await get(made, "/v1/models")).body.data.map(({ id }: { id: string }) => id);
    expect([ids.includes("sales"), ids.includes("support")]).toEqual([true, false]);
  });

  it("come with no page that nobody was told of", async () => {
    const made = await start();
    for (const query of ["pageSize=many", "pageSize=-1", "pageToken=nobody"]) {
      const { status, body } = await get(made, `/v1beta/models?${query}`);
      expect([status, body.error.code]).toEqual([400, 400]);
    }
    expect((await get(made, "/v1beta/models?pageSize=0")).body.models.length).toBeGreaterThan(7);
    expect(made.booked("call-refused")).toEqual([]);
  });
});
