import { type KeyRecord } from "#access";
import { type Call } from "../call.ts";
import { type Surroundings } from "../surroundings.ts";
import { tenantOf } from "./attribute.ts";
import { readPacked } from "./read-body.ts";
import { ownHeaders, sayRefusal } from "./refuse.ts";

/** As sent, packed or not; senders' batches have a few hundred KiB. */
const PACKED_BYTES_MAX = 16 * 1024 * 1024;

/** Takes spans on to the office and its answer back. They are no call: nothing of them is booked here. */
export async function forwardTraces(around: Surroundings, call: Call, key: KeyRecord): Promise<void> {
  const body = await readPacked(around, call, PACKED_BYTES_MAX);
  if (!body.ok) return sayRefusal(around, call, body.error);
  const { feature, team, customer, environment } = key;
  const reply = await around.traces?.send({
    tenant: tenantOf(key),
    key: key.id,
    pins: { feature, team, customer, environment },
    mediaType: call.header("content-type"),
    encoding: call.header("content-encoding"),
    body: body.value,
  });
  if (reply === undefined) return sayRefusal(around, call, { code: "steps_unavailable" });
  const { response } = call;
  if (call.isClientGone || response.destroyed) return undefined;
  const headers = ["content-type", reply.mediaType, "content-length", String(reply.body.length), ...ownHeaders(call)];
  if (reply.status === 503) headers.push("retry-after", "1");
  if (around.isDraining) headers.push("connection", "close");
  response.writeHead(reply.status, headers);
  response.end(reply.body);
  return undefined;
}
