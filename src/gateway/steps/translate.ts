import { formatAt, isTranslatable, translate, type Translation } from "#providers";
import { type PlannedAttempt } from "#routing";
import { err, ok, type Result } from "#std";
import { type Refusal } from "../refusals.ts";
import { type PreparedCall } from "./prepare.ts";
import { type UpstreamHead } from "./relay.ts";

type Target = PlannedAttempt["target"];

/**
 * Calls fitted to their targets so far; the tries of one target share what was made for it. A list: a plan has few targets, and
 * nearly every call asks one.
 */
export type FittedCalls = { readonly target: Target; readonly call: Result<PreparedCall, Refusal> }[];

/** The call as this target is to get it: as it came where it speaks the client's format, else translated. */
export function fitCall(
  prepared: PreparedCall,
  { target, fitted }: { readonly target: Target; readonly fitted: FittedCalls },
): Result<PreparedCall, Refusal> {
  for (const one of fitted) if (one.target === target) return one.call;
  const call = fit(prepared, target);
  fitted.push({ target, call });
  return call;
}

const NO_QUERY = new URLSearchParams();

function fit(prepared: PreparedCall, { provider, model }: Target): Result<PreparedCall, Refusal> {
  const { call, place, body, ask, choice } = prepared;
  if (body.type !== "whole" || !isTranslatable(ask.facts)) return ok(prepared);
  const { endpoint, parameters } = place;
  const translated = translate({
    source: { endpoint, parameters, query: call.query ?? NO_QUERY, contentType: "application/json", body: body.bytes },
    client: place.format,
    format: formatAt(provider.format, provider.cloud),
    target: { model, outputCap: choice.route.maxOutputTokens },
    dialect: provider.dialect,
    mayDrop: choice.route.onUnsupported === "drop",
    call: call.id,
    createdAt: Math.floor(call.at / 1000),
  });
  if (!translated.ok) return err(toRefusal(translated.error, `${provider.name}/${model}`));
  return ok(translated.value === undefined ? prepared : withTranslation(prepared, translated.value));
}

function toRefusal({ type, ...facts }: Extract<ReturnType<typeof translate>, { ok: false }>["error"], target: string) {
  return { code: type, facts: { ...facts, target } };
}

function withTranslation(prepared: PreparedCall, translation: Translation): PreparedCall {
  const { format, endpoint, parameters, ask, body } = translation;
  return {
    ...prepared,
    translation,
    ask,
    body: { type: "whole", bytes: body },
    place: { type: "endpoint", format, endpoint, parameters },
  };
}

/** What the target had no place for, as a header's value. */
export function droppedOf({ translation }: PreparedCall): string | undefined {
  return translation === undefined || translation.dropped.length === 0 ? undefined : translation.dropped.join(", ");
}

/** An answer that was accepted and cannot be said is a failure of the provider's to its client. */
export function failedHead({ translation, ask }: PreparedCall, head: UpstreamHead): UpstreamHead {
  const isWhole = !ask.facts.stream;
  return translation?.wire !== undefined && isWhole && head.status < 400 ? { ...head, status: 502 } : head;
}
