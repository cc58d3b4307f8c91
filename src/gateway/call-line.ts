import { type Instant } from "#units";
import { type Call } from "./call.ts";
import { type GatewayLog } from "./gateway-log.ts";

// Names of models come from clients; the longest real ones have about 100 characters.
const MODEL_CHARACTERS_MAX = 200;

/**
 * What a log says of a call that has ended: who, what, how it ended, and what its attempts have cost by then. Never a word
 * of what was said. Undefined for whoever asks whether we live.
 */
export function callLine(call: Call, endedAt: Instant): Parameters<GatewayLog>[2] | undefined {
  const { key, refusal } = call;
  if (key === undefined && refusal === undefined) return undefined;
  return {
    call: call.id,
    ...(call.isClientGone ? { is_client_gone: true } : { status: call.response.statusCode }),
    refusal,
    duration_ms: endedAt - call.at,
    ...whose(call),
    format: call.format.name,
    route: call.route,
    model: call.model?.slice(0, MODEL_CHARACTERS_MAX),
    attempts: call.attempts,
    cost_nanos: call.spent?.toString(),
  };
}

/** A call that was refused early is attributed by its key alone. */
function whose({ key, attribution }: Call) {
  const { team, feature, customer } = attribution ?? key ?? {};
  return { key: key?.id, team, feature, customer, interaction: attribution?.interaction };
}
