import { afterEach, describe, expect, it } from "vitest";
import { ask, Rig, type RigOptions, type Script } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

const usage = { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 };

/** Keeps answers the way a provider does: accepted in the background first, finished when it is read. */
const keeping: Script = (sent, response) => {
  const isRead = sent.method === "GET";
  const isBackground = sent.body.includes('"background":true');
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      id: "resp_1",
      object: "response",
      model: "gpt-5-mini",
      background: true,
      store: true,
      status: isBackground && !isRead ? "queued" : "completed",
      ...(isBackground && !isRead ? {} : { usage }),
    }),
  );
};

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({
    script: keeping,
    key: { team: "a" },
    keys: [{ secret: "other-tenant", team: "b" }],
    more: [{ name: "second" }],
    ...options,
  });
  return rig;
}

const respond = (made: Rig, fields: Record<string, unknown>) =>
  ask(made, {
    path: "/v1/responses",
    body: JSON.stringify({ model: "gpt-5-mini", input: "hi", max_output_tokens: 100, ...fields }),
  });
const read = (made: Rig, headers: Record<string, string> = {}) =>
  ask(made, { method: "GET", path: "/v1/responses/resp_1", headers });

describe("a background answer", () => {
  it("stays in doubt with all of its hold until it is read, and is then corrected once", async () => {
    const claims: string[] = [];
    const made = await start({
      claim(answer) {
        claims.push(answer);
        return Promise.resolve(claims.length === 1);
      },
    });
    await respond(made, { background: true });
    const [dispatched] = made.booked("attempt-dispatched");
    const [settled] = made.booked("attempt-settled");
    expect(settled).toMatchObject({ state: "background", callEnd: true, cost: { type: "estimated", nanos: 0n } });
    expect(dispatched?.bound).toMatchObject({ type: "proven", nanos: settled?.residual });
    expect([(await read(made)).status, (await read(made)).status]).toEqual([200, 200]);
    await expect.poll(() => claims).toHaveLength(2);
    expect(made.booked("attempt-corrected")).toMatchObject([
      {
        dispatched: { attempt: dispatched?.attempt },
        before: { residual: settled?.residual },
        settlement: {
          state: "answered",
          usage: { input_uncached: 1000 },
          cost: { type: "priced", nanos: 450_000n },
          residual: 0n,
          callEnd: false,
        },
      },
    ]);
  });

  it("is not paid for again by reading it", async () => {
    const made = await start();
    await respond(made, {});
    await read(made);
    const costs = made.booked("attempt-settled").map(({ cost }) => (cost.type === "priced" ? cost.nanos : undefined));
    expect(costs).toEqual([450_000n, 0n]);
    expect(made.booked("attempt-corrected")).toEqual([]);
  });
});

describe("an id that was seen before", () => {
  it("leads back to the provider that made it, for reading and as a reference", async () => {
    const made = await start();
    await respond(made, { model: "second/gpt-5-mini" });
    await read(made);
    await respond(made, { previous_response_id: "resp_1" });
    expect(made.booked("attempt-dispatched").map(({ provider }) => provider)).toEqual(["second", "second", "second"]);
  });

  it("is unknown to another tenant", async () => {
    const made = await start();
    await respond(made, {});
    const headers = { authorization: "Bearer other-tenant" };
    const answer = await read(made, headers);
    expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([404, "unknown_answer"]);
    const body = JSON.stringify({ model: "gpt-5-mini", input: "hi", previous_response_id: "resp_1" });
    expect((await ask(made, { path: "/v1/responses", body, headers })).status).toBe(404);
    expect(made.sent).toHaveLength(1);
  });

  it("may have been seen by another thread, and never goes over to another tenant", async () => {
    const made = await start();
    const pin = { answer: "resp_1", provider: "second", model: "gpt-5-mini", background: undefined };
    made.gateway.learnPin({ ...pin, tenant: "b" });
    made.gateway.learnPin({ ...pin, tenant: "a" });
    expect((await read(made)).status).toBe(404);
    expect((await read(made, { authorization: "Bearer other-tenant" })).status).toBe(200);
    expect(made.booked("attempt-dispatched").map(({ provider }) => provider)).toEqual(["second"]);
  });

  it("does not pull a route to a provider that is none of its targets", async () => {
    const made = await start({ routes: { support: { to: ["openai/gpt-5-mini"] } } });
    await respond(made, { model: "second/gpt-5-mini" });
    const answer = await respond(made, { model: "support", previous_response_id: "resp_1" });
    expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([400, "reference_not_in_route"]);
  });

  it("goes to the first provider of the format when nobody has seen it", async () => {
    const made = await start();
    expect((await read(made)).status).toBe(200);
    expect(made.booked("attempt-dispatched").map(({ provider }) => provider)).toEqual(["openai"]);
  });

  it("is told to the other threads with its tenant", async () => {
    const made = await start();
    await respond(made, {});
    expect(made.pins).toMatchObject([{ tenant: "a", answer: "resp_1", provider: "openai", background: undefined }]);
  });
});

describe("a file", () => {
  it("is streamed on as it comes, whatever its packing would be, and its id is the tenant's", async () => {
    const made = await start({
      script(_sent, response) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ id: "file_1", object: "file", bytes: 3 }));
      },
    });
    const form = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n${"y".repeat(100_000)}\r\n--x--\r\n`;
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const answer = await ask(made, { path: "/v1/files", headers, body: form });
    expect(answer.status).toBe(200);
    expect(made.sent[0]?.body).toBe(form);
    expect(made.sent[0]?.headers["content-length"]).toBe(String(form.length));
    expect(made.pins).toMatchObject([{ tenant: "a", answer: "file_1" }]);
    const other = await ask(made, {
      method: "GET",
      path: "/v1/files/file_1",
      headers: { authorization: "Bearer other-tenant" },
    });
    expect(other.status).toBe(404);
  });

  it("is listed for its own tenant, and no other's name stands anywhere in the list", async () => {
    const list = { object: "list", has_more: false, first_id: "file_2", last_id: "file_1" };
    const made = await start({
      script(_sent, response) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ ...list, data: [{ id: "file_2" }, { id: "file_1", bytes: 3 }] }));
      },
    });
    const pin = { provider: "openai", model: undefined, background: undefined };
    made.gateway.learnPin({ ...pin, answer: "file_1", tenant: "a" });
    made.gateway.learnPin({ ...pin, answer: "file_2", tenant: "b" });
    const answer = await ask(made, { method: "GET", path: "/v1/files?limit=100" });
    expect(JSON.parse(answer.body)).toEqual({
      ...list,
      data: [{ id: "file_1", bytes: 3 }],
      first_id: "file_1",
      last_id: "file_1",
    });
    expect(made.sent[0]?.url).toBe("/v1/files?limit=100");
  });

  it.for(["<html>", '{"data":[{}]}', '{"data":{}}'])("is not listed from %s", async (body) => {
    const made = await start({
      script(_sent, response) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(body);
      },
    });
    expect((await ask(made, { method: "GET", path: "/v1/files" })).status).toBe(502);
  });

  it("over its limit is ended upstream in the middle, never taken for the whole", async () => {
    const made = await start({ limits: { fileBytesMax: 1000 } });
    const headers = { "content-type": "multipart/form-data; boundary=x", "transfer-encoding": "chunked" };
    const answer = await ask(made, { path: "/v1/files", headers, body: "z".repeat(5000) });
    expect([answer.status, JSON.parse(answer.body).error.tare_code]).toEqual([413, "body_too_large"]);
    expect(made.sent).toEqual([]);
  });
});
