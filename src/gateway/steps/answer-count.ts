import { type Translation } from "#providers";
import { type PlannedAttempt } from "#routing";
import { err, ok, type Result } from "#std";
import { formatMoney, money } from "#units";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { ownHeaders } from "./refuse.ts";

/** The first count of a thread starts another one, which reads its vocabularies; a client of counts has nothing to hurry for. */
const COUNT_MS_MAX = 2_000;
const FREE = formatMoney(money(0n));

interface ToCount {
  readonly count: NonNullable<Translation["count"]>;
  /** What is not counted, since the target will not get it. */
  readonly dropped: string | undefined;
  readonly planned: PlannedAttempt;
}

/** Counts a prompt's tokens here, for a target that nobody can ask. Nothing is sent, and nothing is booked. */
export async function answerCount(
  around: Surroundings,
  call: Call,
  { count, dropped, planned }: ToCount,
): Promise<Result<"answered", Refusal>> {
  const { provider, model } = planned.target;
  const target = `${provider.name}/${model}`;
  const tokens = await around.counter?.count(Buffer.from(JSON.stringify(count.texts)), model, COUNT_MS_MAX);
  if (tokens === undefined) return err({ code: "no_token_count", facts: { target } });
  const { response } = call;
  if (call.isClientGone || response.headersSent || response.destroyed) return ok("answered");
  const body = count.answer(tokens);
  const headers = ["content-type", "application/json", ...ownHeaders(call), "x-tare-target", target];
  headers.push("x-tare-attempts", String(call.attempts), "x-tare-cache", "off");
  // Attempts that failed before may have cost something.
  headers.push("x-tare-cost", call.spent === undefined ? FREE : formatMoney(call.spent));
  headers.push("content-length", String(body.length));
  if (dropped !== undefined) headers.push("x-tare-dropped", dropped);
  if (around.isDraining) headers.push("connection", "close");
  response.writeHead(200, headers);
  response.end(body);
  return ok("answered");
}
