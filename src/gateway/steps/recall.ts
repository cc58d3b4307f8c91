import { type FoundAnswer, type KeptAnswer, type Lead, type Scope } from "#cache";
import { type Operation } from "#inference";
import { type Call } from "../call.ts";
import { cacheLookups } from "../families.ts";
import { type Surroundings } from "../surroundings.ts";
import { keepAsk } from "./decode.ts";
import { type PreparedCall } from "./prepare.ts";
import { type Batch } from "./item-recording.ts";
import { capOf } from "./offer.ts";
import { type Choice } from "./plan.ts";
import { recallItems } from "./recall-items.ts";
import { bookRecalled, giveRecalled } from "./recalled-answer.ts";
import { Recording } from "./recording.ts";
import { refuse, sayRefusal } from "./refuse.ts";

const cacheable: ReadonlySet<Operation> = new Set(["chat", "completion", "response", "embedding"]);

/** Its route keeps answers, for identical calls or for when nothing else answers. */
export function keepsAnswers({ choice: { route } }: PreparedCall): boolean {
  return route.cache !== undefined || route.lastResort?.lastGoodMs !== undefined;
}

/**
 * An answer that was kept for an identical call of the same tenant, or one that is being made at this moment.
 * Undefined when the call is over; otherwise the call as it goes on, and its answer is kept when there is one.
 */
export function recall(around: Surroundings, prepared: PreparedCall): PreparedCall | Promise<PreparedCall | undefined> {
  const { call, choice } = prepared;
  if (call.cacheWish === "off" || !isCacheable(prepared)) return prepared;
  const isRefresh = call.cacheWish === "refresh";
  call.cacheMark = "miss";
  const { cache } = choice.route;
  const batch = cache === undefined ? undefined : batchOf(prepared);
  if (batch !== undefined && cache !== undefined) {
    const scope = scopeOf(around, prepared);
    const keys = batch.items.map((_, place) => around.cacheKeys.keyIn(scope, batch.narrow([place])));
    return recallItems(around, prepared, { batch, keys, freshMs: cache.exactMs, isRefresh });
  }
  const scope = scopeOf(around, prepared);
  const key = around.asks.keyOf(prepared.ask, scope) ?? around.cacheKeys.keyIn(scope, bytesOf(prepared));
  call.cacheKey = key;
  if (!isRefresh && cache !== undefined) {
    const found = findFresh(around, key);
    if (found === undefined) return leadOrFollow(around, prepared, key);
    keepAsk(around, prepared, { scope, key });
    return show(around, prepared, found);
  }
  // A route that keeps answers only for when nothing else answers never gives one while something might.
  record(around, prepared, leadOf(around, key));
  return prepared;
}

/** Nothing is kept for it yet. */
async function leadOrFollow(
  around: Surroundings,
  prepared: PreparedCall,
  key: string,
): Promise<PreparedCall | undefined> {
  for (;;) {
    const flight = around.cache.join(key, () => around.world.clock.monotonicMs());
    if (flight.type === "lead") {
      record(around, prepared, flight.lead);
      around.metrics.count(cacheLookups, prepared.call.route ?? "(none)", "miss");
      return prepared;
    }
    const waited = await follow(around, prepared, flight.answer);
    if (waited.type === "over") return undefined;
    if (waited.type === "late") return isOutOfTime(around, prepared) ? giveUp(around, prepared) : prepared;
    const found = waited.answer ?? findFresh(around, key);
    if (found !== undefined) return show(around, prepared, found);
  }
}

/** Also an answer that is no longer fresh, for when nothing else answers. */
export function findKept({ cache, world }: Surroundings, { cacheKey }: Call): FoundAnswer | undefined {
  return cacheKey === undefined ? undefined : cache.find(cacheKey, world.clock.monotonicMs());
}

/**
 * Not what looks outside or changes something there, what refers to other answers, or what tools are offered to: a kept
 * answer would make the client run the tool again without the model having asked for it.
 */
function isCacheable({ ask: { facts }, body, choice, place }: PreparedCall): boolean {
  const { route, pins } = choice;
  if (!cacheable.has(facts.operation) || body.type !== "whole" || place.endpoint.body !== "json") return false;
  const isBound = facts.references.length > 0 || pins.length > 0 || facts.background;
  if (isBound || facts.unbounded.length > 0) return false;
  return facts.tools === 0 || route.cache?.tools === true;
}

/** Vectors of two models have nothing to do with each other: where two may answer, each answer is kept whole. */
function batchOf({ call, place, body, choice, ask }: PreparedCall): Batch | undefined {
  const { endpoint, parameters, format } = place;
  if (ask.facts.operation !== "embedding") return undefined;
  const models = new Set(choice.plan.map(({ target }) => target.model));
  if (body.type !== "whole" || models.size > 1) return undefined;
  const query = call.query ?? new URLSearchParams();
  return format.readBatch?.({ endpoint, parameters, query, contentType: "application/json", body: body.bytes });
}

function scopeOf(around: Surroundings, prepared: PreparedCall): Scope {
  const { call, place, choice, attribution } = prepared;
  const { snapshot, cacheKeys } = around;
  const { endpoint, format } = place;
  const scope = [endpoint.path, call.query?.toString() ?? "", ...rulesOf(prepared)];
  for (const name of format.forwardedHeaders) if (!namesRequest.has(name)) scope.push(name, call.header(name) ?? "");
  addTargets(scope, choice.plan);
  return cacheKeys.scopeOf({ tenant: attribution.tenant, revision: snapshot.revision, scope });
}

function bytesOf({ body }: PreparedCall): Buffer {
  return body.type === "whole" ? body.bytes : NOTHING;
}

/** Each once, in an order of theirs: that of the plan is another from call to call. */
function addTargets(scope: string[], plan: Choice["plan"]): void {
  const [first] = plan;
  if (first !== undefined && plan.length === 1) scope.push(first.health.name);
  else scope.push(...[...new Set(plan.map(({ health }) => health.name))].toSorted());
}

/** Routes with the same targets share answers, as long as both would have had them made, and given for so long, alike. */
function rulesOf(prepared: PreparedCall): readonly string[] {
  const { onUnsupported = "refuse", cache, lastResort } = prepared.choice.route;
  return [String(capOf(prepared)), onUnsupported, String(cache?.exactMs), String(lastResort?.lastGoodMs)];
}

const NOTHING = Buffer.alloc(0);
/** Headers that are another for each request and say nothing of its answer. */
const namesRequest: ReadonlySet<string> = new Set(["idempotency-key", "x-client-request-id"]);

function findFresh(around: Surroundings, key: string): KeptAnswer | undefined {
  const found = around.cache.find(key, around.world.clock.monotonicMs());
  return found?.isFresh === true ? found.answer : undefined;
}

function record(around: Surroundings, prepared: PreparedCall, lead: Lead | undefined): void {
  if (lead === undefined) return;
  const { call, choice, ask, attribution } = prepared;
  const { tenant, feature, tags } = attribution;
  call.recording = new Recording({
    lead,
    freshMs: choice.route.cache?.exactMs ?? 0,
    staleMs: choice.route.lastResort?.lastGoodMs ?? 0,
    bytesMax: around.cache.answerBytesMax,
    isStream: ask.facts.stream,
    operation: ask.facts.operation,
    about: { tenant, feature, tags },
  });
}

/** Somebody else may make the same answer at this moment: then theirs is kept. */
function leadOf(around: Surroundings, key: string): Lead | undefined {
  const flight = around.cache.join(key, () => around.world.clock.monotonicMs());
  return flight.type === "lead" ? flight.lead : undefined;
}

async function show(around: Surroundings, prepared: PreparedCall, answer: KeptAnswer): Promise<undefined> {
  around.metrics.count(cacheLookups, prepared.call.route ?? "(none)", "exact");
  const recalled = { how: "exact", answer } as const;
  giveRecalled(around, prepared.call, recalled, await bookRecalled(around, prepared, recalled));
  return undefined;
}

/** Nothing is left of the time that the client gave for an attempt of its own. */
function isOutOfTime({ world }: Surroundings, { call }: PreparedCall): boolean {
  return call.deadlineMs !== undefined && world.clock.monotonicMs() >= call.readMs + call.deadlineMs;
}

function giveUp(around: Surroundings, { call }: PreparedCall): undefined {
  refuse(around, call, { code: "deadline_exceeded", facts: { tried: "the answer to an identical call" } });
}

type Waited =
  | { readonly type: "over" }
  | { readonly type: "late" }
  | { readonly type: "landed"; readonly answer: KeptAnswer | undefined };

/** Waits no longer than an attempt of its own may take to begin: whoever leads may be slow, or stuck. */
function follow(
  around: Surroundings,
  { call, choice }: PreparedCall,
  answer: Promise<KeptAnswer | undefined>,
): Promise<Waited> {
  const { timeouts } = choice.route;
  const ownMs =
    call.deadlineMs === undefined ? Infinity : call.readMs + call.deadlineMs - around.world.clock.monotonicMs();
  // Timers know whole milliseconds, and may fire within the last one.
  const mostMs = Math.max(0, Math.ceil(Math.min(timeouts.firstByteMs, timeouts.totalMs, ownMs)) + 1);
  return new Promise((resolve) => {
    const end = (waited: Waited) => {
      timer.cancel();
      call.watcher = undefined;
      resolve(waited);
    };
    const timer = around.world.clock.after(mostMs, () => end({ type: "late" }));
    call.watcher = {
      clientGone: () => end({ type: "over" }),
      interrupt(code) {
        sayRefusal(around, call, { code });
        end({ type: "over" });
      },
    };
    void answer.then((landed) => end({ type: "landed", answer: landed }));
  });
}
