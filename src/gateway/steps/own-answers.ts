import { isModelAllowed, type KeyRecord } from "#access";
import { type Call } from "../call.ts";
import { type Surroundings } from "../surroundings.ts";
import { ownHeaders } from "./refuse.ts";

/** Routes and the models of configured providers that the key may use, in the shape of OpenAI's list. */
export function answerModels(around: Surroundings, call: Call, key: KeyRecord): void {
  const { table, prices } = around.snapshot;
  const names = new Map<string, string>();
  for (const name of table.routes.keys()) names.set(name, "tare");
  for (const { name } of table.providers)
    for (const { model } of prices.search({ provider: name }).rows) names.set(`${name}/${model}`, name);
  const allowed = [...names].filter(([name]) => isModelAllowed(key, [name, name.slice(name.indexOf("/") + 1)]));
  const list = allowed.map(([id, owner]) => ({ id, object: "model", created: 0, owned_by: owner }));
  answerJson(around, call, { status: 200, body: { object: "list", data: list } });
}

export function answerHealth(around: Surroundings, call: Call): void {
  answerJson(around, call, { status: 200, body: { status: "ok" } });
}

/** Not ready while draining, or while the books cannot take more. */
export function answerReadiness(around: Surroundings, call: Call): void {
  const isReady = !around.isLeaving && !around.isDraining && around.isAdmitting;
  answerJson(around, call, { status: isReady ? 200 : 503, body: { status: isReady ? "ready" : "not ready" } });
}

function answerJson(
  around: Surroundings,
  call: Call,
  { status, body }: { readonly status: number; readonly body: Readonly<Record<string, unknown>> },
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = ["content-type", "application/json", "content-length", String(bytes.length), ...ownHeaders(call)];
  if (around.isDraining) headers.push("connection", "close");
  call.response.writeHead(status, headers);
  call.response.end(bytes);
}
