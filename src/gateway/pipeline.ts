import { type KeyRecord } from "#access";
import { type Call } from "./call.ts";
import { type OwnPlace } from "./paths.ts";
import { authenticate } from "./steps/authenticate.ts";
import { forwardTraces } from "./steps/forward-traces.ts";
import { answerHealth, answerModels, answerReadiness } from "./steps/own-answers.ts";
import { prepare } from "./steps/prepare.ts";
import { keepsAnswers, recall } from "./steps/recall.ts";
import { refuse } from "./steps/refuse.ts";
import { runAttempts } from "./steps/run-attempts.ts";
import { type Surroundings } from "./surroundings.ts";

/** A call from its head to its last byte: find the path, authenticate, prepare, attempt and relay, settle. */
export function runCall(around: Surroundings, call: Call): void | Promise<void> {
  if (asksForWebSocket(call)) return refuse(around, call, { code: "upgrade_refused" });
  const place = call.paths.find(call.request.method, call.path);
  if (!place.ok) return refuse(around, call, place.error);
  if (place.value.type === "own" && place.value.isOpen) return answerOpen(around, call, place.value);
  const key = authenticate(around, call);
  if (!key.ok) return refuse(around, call, key.error);
  if (place.value.type === "own") return answerOwn(around, call, { place: place.value, key: key.value });
  const by = around.load.refuses(around.metrics.callsRunning);
  if (by !== undefined) return refuse(around, call, { code: "overloaded", facts: { by } });
  return runEndpoint(around, call, { key: key.value, place: place.value });
}

/** Without a wait where nothing has to be waited for, as for most calls until their attempt is written down. */
function runEndpoint(around: Surroundings, call: Call, known: Parameters<typeof prepare>[2]): void | Promise<void> {
  const prepared = prepare(around, call, known);
  return prepared instanceof Promise
    ? prepared.then((late) => runPrepared(around, call, late))
    : runPrepared(around, call, prepared);
}

function runPrepared(around: Surroundings, call: Call, prepared: Prepared): void | Promise<void> {
  if (!prepared.ok) return refuse(around, call, prepared.error);
  const left = keepsAnswers(prepared.value) ? recall(around, prepared.value) : prepared.value;
  if (left instanceof Promise) return left.then((late) => (late === undefined ? undefined : runAttempts(around, late)));
  return left === undefined ? undefined : runAttempts(around, left);
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Other upgrades (`h2c`) are offers that a server may leave unanswered. */
function asksForWebSocket(call: Call): boolean {
  return call.header("upgrade")?.toLowerCase().includes("websocket") === true;
}

function answerOpen(around: Surroundings, call: Call, place: OwnPlace): void {
  if (place.own === "health") answerHealth(around, call);
  else answerReadiness(around, call);
}

function answerOwn(
  around: Surroundings,
  call: Call,
  { place, key }: { readonly place: OwnPlace; readonly key: KeyRecord },
): void | Promise<void> {
  if (place.own === "traces") return forwardTraces(around, call, key);
  return answerModels(around, call, { key, place });
}
