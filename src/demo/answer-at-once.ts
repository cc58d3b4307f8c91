import { type Operation, type Usage } from "#inference";
import { drawCallPace } from "./answer-generation.ts";
import { type InvoiceLine } from "./invoice.ts";
import { type JsonObject } from "./json.ts";
import { isMissing, servedModel } from "./models.ts";
import { complain, type ProviderCall } from "./protocol.ts";

/** Such answers are ready in this part of the time that a first token takes. */
const SHARE_OF_FIRST_TOKEN = 4;

/** An answer that is made as a whole: embeddings, moderations, images, audio, files, counts. */
export interface WholeAnswer {
  readonly operation: Operation;
  /** The id in the answer's body; without one the request id names it on the invoice. */
  readonly id?: string;
  readonly model: string | undefined;
  readonly tier?: string;
  /** Empty when the answer is free; then it stands on no invoice. */
  readonly usage: JsonObject;
  readonly quantities: Usage;
  readonly isReported: boolean;
  readonly contentType?: string;
  /** Parts of a stream that leave one after the other, or the body. */
  readonly body: string | Buffer | readonly string[];
}

export async function answerAtOnce(call: ProviderCall, answer: WholeAnswer): Promise<void> {
  const { reply } = call;
  const { model } = answer;
  if (model !== undefined && isMissing(model)) return complain(call, { type: "not-found", what: "model", name: model });
  if (call.fault === "error-in-answer") return complain(call, { type: "server-error" });
  await reply.pause(drawCallPace(call, 0).firstTokenMs / SHARE_OF_FIRST_TOKEN);
  if (reply.gone) return bill(call, answer, { state: "client-gone", reported: "none" });
  await (call.fault === "cut" ? sendHalf(call, answer) : sendAll(call, answer));
}

async function sendAll(call: ProviderCall, answer: WholeAnswer): Promise<void> {
  const { reply } = call;
  const { body } = answer;
  bill(call, answer, { state: "delivered", reported: answer.isReported ? "final" : "none" });
  if (typeof body === "string" || Buffer.isBuffer(body)) return reply.send(200, headersOf(call, answer), body);
  reply.open(200, headersOf(call, answer));
  for (const part of body) await reply.write(part);
  reply.end();
}

function sendHalf(call: ProviderCall, answer: WholeAnswer): void {
  const { body } = answer;
  bill(call, answer, { state: "cut", reported: "none" });
  const whole = Buffer.from(typeof body === "string" || Buffer.isBuffer(body) ? body : body.join(""));
  const part = whole.subarray(0, whole.length / 2);
  call.reply.breakOff({ status: 200, headers: headersOf(call, answer), part, length: whole.length });
}

function headersOf(call: ProviderCall, answer: WholeAnswer): readonly string[] {
  const contentType = answer.contentType ?? "application/json";
  return [...call.provider.protocol.answerHeaders(call), "content-type", contentType];
}

function bill(call: ProviderCall, answer: WholeAnswer, billed: Pick<InvoiceLine, "state" | "reported">): void {
  const { provider } = call;
  if (Object.keys(answer.usage).length === 0) return;
  provider.invoice.write({
    id: answer.id ?? call.requestId,
    requestId: call.requestId,
    provider: provider.name,
    format: provider.protocol.format,
    operation: answer.operation,
    askedModel: answer.model ?? "",
    model: servedModel(answer.model ?? ""),
    tier: answer.tier,
    stream: Array.isArray(answer.body),
    ...billed,
    usage: answer.usage,
    quantities: answer.quantities,
    begunAt: call.at,
    endedAt: provider.world.clock.now(),
  });
}
