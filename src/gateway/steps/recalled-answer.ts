import { type KeptAnswer } from "#cache";
import { type AnswerRecalled } from "#events";
import { formatMoney, money } from "#units";
import { type Call } from "../call.ts";
import { avoidedNanos } from "../families.ts";
import { type Surroundings } from "../surroundings.ts";
import { type PreparedCall } from "./prepare.ts";
import { ownHeaders, refuse, sayRefusal } from "./refuse.ts";

export interface Recalled {
  readonly how: AnswerRecalled["how"];
  readonly answer: Omit<KeptAnswer, "tenant" | "feature" | "tags">;
  /** When the search for it began, on the monotonic clock: after attempts that failed. Absent where it stands for the whole call. */
  readonly sinceMs?: number;
  /** Only a part of what the call asked for. */
  readonly isPart?: boolean;
}

const FREE = formatMoney(money(0n));
const marks = { exact: "exact", last_good: "stale", static: "static" } as const;

/** Books the call as answered without a provider, and answers it. False when it could not be booked: then nothing is sent. */
export async function answerRecalled(
  around: Surroundings,
  prepared: PreparedCall,
  recalled: Recalled,
): Promise<boolean> {
  const isBooked = await bookRecalled(around, prepared, recalled);
  giveRecalled(around, prepared.call, recalled, isBooked);
  return isBooked;
}

/** What `bookRecalled` has said of it decides whether the client gets it, or a refusal. */
export function giveRecalled(around: Surroundings, call: Call, recalled: Recalled, isBooked: boolean): void {
  if (isBooked) return send(around, call, recalled);
  const say = call.attempts === 0 ? refuse : sayRefusal;
  say(around, call, { code: "ledger_unavailable" });
}

/** Writes it down. False when that is not possible. */
export function bookRecalled(around: Surroundings, prepared: PreparedCall, recalled: Recalled): Promise<boolean> {
  const event = eventOf(around, prepared, recalled);
  return new Promise((resolve) => {
    around.journal.appendInTurn(event, ({ ok }) => {
      if (ok && event.avoided !== undefined)
        around.metrics.add(Number(event.avoided), avoidedNanos, event.route ?? "(none)");
      resolve(ok);
    });
  });
}

function eventOf(
  around: Surroundings,
  prepared: PreparedCall,
  { how, answer, sinceMs, isPart }: Recalled,
): AnswerRecalled {
  const { call, attribution, key, ask } = prepared;
  const { clock, chance } = around.world;
  return {
    type: "answer-recalled",
    at: clock.now(),
    attempt: chance.id("attempt"),
    call: call.id,
    number: call.attempts + 1,
    how,
    attribution,
    key: key.id,
    route: call.route,
    provider: answer.provider,
    model: answer.model,
    servedModel: answer.servedModel,
    format: ask.facts.format,
    operation: ask.facts.operation,
    stream: ask.facts.stream,
    region: answer.region,
    avoided: how === "static" ? undefined : answer.cost,
    isPart,
    durationMs: clock.monotonicMs() - (sinceMs ?? call.readMs),
  };
}

function send(around: Surroundings, call: Call, { how, answer }: Recalled): void {
  const { response } = call;
  if (call.isClientGone || response.headersSent || response.destroyed) return;
  const headers = ownHeaders(call, answer.headers);
  if (how !== "static") headers.push("x-tare-target", `${answer.provider}/${answer.model}`);
  headers.push("x-tare-attempts", String(call.attempts), "x-tare-cache", marks[how], "x-tare-cost", costOf(call));
  headers.push("x-tare-overhead-ms", (around.world.clock.monotonicMs() - call.readMs).toFixed(3));
  headers.push("content-length", String(answer.body.length));
  if (around.isDraining) headers.push("connection", "close");
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

/** Attempts that failed before may have cost something. */
function costOf({ spent }: Call): string {
  return spent === undefined || spent === 0n ? FREE : formatMoney(spent);
}
