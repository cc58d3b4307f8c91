import { type KeptAnswer } from "#cache";
import { sayText } from "#providers";
import { type Surroundings } from "../surroundings.ts";
import { type AttemptFailure } from "./failure.ts";
import { type PreparedCall } from "./prepare.ts";
import { findKept } from "./recall.ts";
import { type Recalled } from "./recalled-answer.ts";

/**
 * What a route has to say when no target answered: an earlier answer to the same call, then a configured text. Undefined
 * where it has nothing, where the call itself was at fault, or where nobody is there to be told.
 */
export function lastResort(
  around: Surroundings,
  prepared: PreparedCall,
  failure: AttemptFailure | undefined,
): Recalled | undefined {
  const { call, choice } = prepared;
  const { lastResort: ladder } = choice.route;
  if (ladder === undefined || call.isClientGone || call.isBodyTooLarge || around.isDraining) return undefined;
  if (failure?.isCallAtFault === true) return undefined;
  const sinceMs = around.world.clock.monotonicMs();
  const kept = ladder.lastGoodMs === undefined ? undefined : findKept(around, call);
  if (kept !== undefined) return { how: "last_good", answer: kept.answer, sinceMs };
  const answer = ladder.text === undefined ? undefined : configured(around, prepared, ladder.text);
  return answer === undefined ? undefined : { how: "static", answer, sinceMs };
}

function configured(
  around: Surroundings,
  { call, place, body, ask }: PreparedCall,
  text: string,
): Omit<KeptAnswer, "tenant" | "feature" | "tags"> | undefined {
  if (body.type !== "whole") return undefined;
  const { endpoint, parameters } = place;
  const query = call.query ?? new URLSearchParams();
  const source = { endpoint, parameters, query, contentType: call.header("content-type"), body: body.bytes };
  const createdAt = Math.floor(around.world.clock.now() / 1000);
  const said = sayText(source, { text, model: call.model ?? "", call: call.id, createdAt });
  if (said === undefined) return undefined;
  const maker = { provider: "(none)", model: "(none)", servedModel: undefined, region: undefined };
  return {
    ...maker,
    status: 200,
    headers: ["content-type", said.contentType],
    body: said.body,
    isStream: ask.facts.stream,
    usage: undefined,
    cost: undefined,
  };
}
