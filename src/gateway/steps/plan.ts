import { hash } from "node:crypto";
import { type Attribution } from "#events";
import { estimateUsage } from "#pricing";
import { type Ask, isTranslatable } from "#providers";
import { type CallToPlan, type PlannedAttempt } from "#routing";
import { err, ok, type Result } from "#std";
import { type Call } from "../call.ts";
import { type Refusal } from "../refusals.ts";
import { type Surroundings } from "../surroundings.ts";
import { readCacheWish } from "./cache-wish.ts";
import { type Chosen } from "./choose.ts";
import { readDeadline } from "./deadline.ts";
import { type CallBody } from "./read-body.ts";

/** Where a call may go, in order. */
export interface Choice extends Chosen {
  readonly plan: readonly PlannedAttempt[];
}

interface Known {
  readonly chosen: Chosen;
  readonly ask: Ask;
  readonly body: CallBody;
  readonly attribution: Attribution;
}

/** The route, its targets as they stand at this moment, and whom the call is for, to a flat list of attempts. */
export function plan(around: Surroundings, call: Call, known: Known): Result<Choice, Refusal> {
  const { chosen, ask } = known;
  const { router, world, snapshot } = around;
  const deadline = readDeadline(call);
  if (!deadline.ok) return deadline;
  call.deadlineMs = deadline.value;
  const wish = readCacheWish(call);
  if (!wish.ok) return wish;
  call.cacheWish = wish.value;
  const [only] = chosen.route.targets;
  if (ask.facts.model === undefined && only !== undefined) return ok({ ...chosen, plan: [router.planOne(only)] });
  const moment = { prices: snapshot.prices, at: world.clock.now(), nowMs: world.clock.monotonicMs() };
  const planned = router.plan(chosen.route, new AskedCall(known), moment);
  if (planned.length > 0) return ok({ ...chosen, plan: planned });
  const [pin] = chosen.pins;
  const model = call.model ?? "";
  if (pin !== undefined) return err({ code: "reference_not_in_route", facts: { model, id: pin.answer } });
  return err({ code: "no_target", facts: { model } });
}

/** What only some routes choose by is found out when they do. */
class AskedCall implements CallToPlan {
  readonly format: CallToPlan["format"];
  readonly isTranslatable: boolean;
  readonly pinned: string | undefined;
  readonly attributes: Attribution;
  readonly outputTokensMax: number | undefined;
  readonly #known: Known;

  constructor(known: Known) {
    const { chosen, ask, attribution } = known;
    const { format, outputCap, choices } = ask.facts;
    this.format = format;
    this.isTranslatable = isTranslatable(ask.facts);
    this.pinned = chosen.pins[0]?.provider;
    this.attributes = attribution;
    this.outputTokensMax = outputCap === undefined ? chosen.route.maxOutputTokens : outputCap * choices;
    this.#known = known;
  }

  get inputTokens(): number {
    return inputTokensOf(this.#known.ask);
  }

  affinity(): string {
    return affinityOf(this.#known);
  }
}

const UNANSWERED = { end: "cut", usage: undefined, contentBytes: 0 } as const;

function inputTokensOf({ facts }: Ask): number {
  const { usage } = estimateUsage(facts, { ...UNANSWERED, ...NOTHING_SAID });
  return usage.input_uncached ?? 0;
}

const NOTHING_SAID = {
  reported: undefined,
  model: undefined,
  tier: undefined,
  upstreamId: undefined,
  isStored: false,
  errorType: undefined,
} as const;

/** Of a body that is no prompt: a form, or a path that this version does not read. */
const PREFIX_BYTES = 4_096;

/** The session where there is one, since its calls repeat all that was said; else how the prompt begins. */
function affinityOf({ ask, attribution, body }: Known): string {
  const { tenant, session } = attribution;
  if (session !== "(none)") return `${tenant}\n${session}`;
  if (body.type !== "whole") return tenant;
  return `${tenant}\n${hash("sha1", ask.opening?.() ?? body.bytes.subarray(0, PREFIX_BYTES))}`;
}
