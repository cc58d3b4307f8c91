/** A client that sends the same head again on its connection: what is remembered of it must not outlive what it follows from. */
import { connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Secret } from "#units";
import { answering, chat, CLIENT_SECRET, Rig, type RigOptions } from "./rig.ts";

let rig: Rig | undefined;
let socket: Socket | undefined;
afterEach(() => {
  socket?.destroy();
  return rig?.stop();
});

async function start(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.start({ script: answering, ...options });
  return rig;
}

/** One request after the other on one connection; gives the status and the whole answer of each. */
function client({ port }: Rig) {
  const opened = connect(port, "127.0.0.1");
  socket = opened;
  let text = "";
  opened.on("data", (chunk) => (text += chunk.toString("latin1")));
  return async (
    lines: readonly string[],
    body = chat(),
  ): Promise<{ readonly status: number; readonly text: string }> => {
    text = "";
    const head = ["POST /v1/chat/completions HTTP/1.1", "host: a", ...lines, `content-length: ${body.length}`];
    opened.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    await expect.poll(() => /content-length: (\d+)\r\n[^]*?\r\n\r\n([^]*)/.exec(text)?.slice(1)).toSatisfy(isWhole);
    return { status: Number(text.slice(9, 12)), text };
  };
}

function isWhole(found: unknown): boolean {
  return Array.isArray(found) && Number(found[0]) === String(found[1]).length;
}

const key = `authorization: Bearer ${CLIENT_SECRET}`;

it("Each call is attributed to what it says itself", async () => {
  const made = await start();
  const send = client(made);
  const features = ["one", "one", "three", "four", "f"];
  for (const feature of features) expect((await send([key, `x-tare-feature: ${feature}`])).status).toBe(200);
  expect(made.booked("attempt-dispatched").map(({ attribution }) => attribution.feature)).toEqual(features);
});

it("Each call has the body that it came with", async () => {
  const made = await start();
  const send = client(made);
  const asked = ["a", "b", "a longer one", "c"].map((content) => [{ role: "user", content }]);
  for (const messages of asked) await send([key], chat({ messages }));
  expect(made.sent.map(({ body }) => JSON.parse(body))).toEqual(
    asked.map((messages) => expect.objectContaining({ messages })),
  );
});

it("A key that is revoked meanwhile is refused with the next call", async () => {
  const made = await start();
  const send = client(made);
  for (let index = 0; index < 3; index += 1) expect((await send([key])).status).toBe(200);
  made.gateway.applyKeys({ type: "keys-removed", ids: ["key_0"] });
  expect((await send([key])).status).toBe(401);
});

it("Another key on the same connection is another caller", async () => {
  const made = await start({ keys: [{ secret: "tare_sk_client-canarz", team: "other" }], key: { team: "first" } });
  const send = client(made);
  for (let index = 0; index < 3; index += 1) await send([key]);
  await send(["authorization: Bearer tare_sk_client-canarz"]);
  await send(["authorization: Bearer tare_sk_client-canarz"]);
  expect((await send(["authorization: Bearer tare_sk_client-canara"])).status).toBe(401);
  const teams = made.booked("attempt-dispatched").map(({ attribution }) => attribution.team);
  expect(teams).toEqual(["first", "first", "first", "other", "other"]);
});

it("A provider's key that is changed meanwhile goes with the next call, and only to that provider", async () => {
  const made = await start({ more: [{ name: "second", apiKey: new Secret("sk-of-the-second") }] });
  const send = client(made);
  for (const model of [
    "openai/gpt-5-mini",
    "openai/gpt-5-mini",
    "second/gpt-5-mini",
    "second/gpt-5-mini",
    "openai/gpt-5-mini",
  ])
    await send([key], chat({ model }));
  const { snapshot } = made;
  if (snapshot === undefined) throw new Error("a rig has a snapshot");
  const providers = snapshot.table.providers.map((one) =>
    one.name === "openai" ? { ...one, apiKey: new Secret("sk-renewed") } : one,
  );
  made.gateway.swap({ ...snapshot, table: { ...snapshot.table, providers } });
  await send([key], chat({ model: "openai/gpt-5-mini" }));
  const sent = made.sent.map(({ headers }) => headers.authorization?.slice("Bearer ".length));
  const old = "sk-provider-canary";
  expect(sent).toEqual([old, old, "sk-of-the-second", "sk-of-the-second", old, "sk-renewed"]);
});

it("A trace goes on to a provider that takes it, as each call has it", async () => {
  const made = await start({ provider: { trace: true } });
  const send = client(made);
  const traces = ["1", "2", "3"].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`);
  for (const trace of traces) await send([key, `traceparent: ${trace}`]);
  expect(made.sent.map(({ headers }) => headers["traceparent"])).toEqual(traces);
  expect(made.booked("attempt-dispatched").map(({ attribution }) => attribution.interaction)).toEqual(
    ["1", "2", "3"].map((digit) => digit.repeat(32)),
  );
});

it("What the client's head says beside that goes on with each call", async () => {
  const made = await start();
  const send = client(made);
  for (let index = 0; index < 3; index += 1) await send([key, "openai-organization: org-1", "x-tare-feature: a"]);
  const sent = made.sent.map(({ headers: { host, ...headers } }) => headers);
  expect(sent[0]).toMatchObject({ "openai-organization": "org-1", authorization: "Bearer sk-provider-canary" });
  expect(sent[1]).toEqual(sent[0]);
  expect(sent[2]).toEqual(sent[0]);
});
