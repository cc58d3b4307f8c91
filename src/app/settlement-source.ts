import { askProviderDays, askStandingEntries, type StandingEntry } from "#analytics";
import { type createControl } from "#control";
import { type CostAdjusted } from "#events";
import { type Usage, usageClasses } from "#inference";
import { priceUsage } from "#pricing";
import { type LeftOpen, type OpenAttempt, settle } from "#reconciliation";
import { adjustSettled, sumOf, usageOf } from "#rerating";
import { err, ok } from "#std";
import { type Instant, instant, money } from "#units";
import { isLoaded } from "./rerating-source.ts";
import { keptReport, type ReconciliationParts, termsOf } from "./reconciliation-source.ts";

type Source = Parameters<typeof createControl>[0]["sources"]["settlements"];
type Asked = Parameters<Source["preview"]>[0];
type Previewed = Awaited<ReturnType<Source["preview"]>>;
type Row = Previewed["rows"][number];

export interface SettlementParts extends Omit<ReconciliationParts, "reports" | "bills"> {
  /** False when the journal cannot be written now. */
  readonly write: (event: CostAdjusted) => boolean;
  /** Everything that was written before is in the ledger. */
  readonly bookedUntil: () => Instant;
}

/** Gateways release what clients left in doubt a day after: what they may still release is not settled beside them. */
const LAG_HOURS_MIN = 26;
const DAY_MS = 86_400_000;

/** Settles what is estimated or in doubt by the reports that are kept. Previewed first; booked as adjustments with a reason. */
export function settlementSource(parts: SettlementParts): Source {
  let isApplying = false;
  return {
    preview: async (asked) => toAnswer(asked, await planOf(parts, asked), parts),
    async apply(asked) {
      if (isApplying) return err({ code: "apply_running", path: "", detail: "Wait until the other one is done." });
      isApplying = true;
      try {
        return await apply(parts, asked);
      } finally {
        isApplying = false;
      }
    },
  };
}

async function apply(parts: SettlementParts, asked: Parameters<Source["apply"]>[0]): ReturnType<Source["apply"]> {
  // What an earlier one wrote must be in the ledger, or it would be proposed once more.
  if (!(await isLoaded(parts)))
    return err({ code: "unavailable", path: "", detail: "The ledger is behind; apply again in a moment." });
  const plan = await planOf(parts, asked);
  const answer = toAnswer(asked, plan, parts);
  if (answer.total.difference_nanos !== asked.expected_nanos)
    return err({ code: "preview_changed", path: "expected_nanos", detail: "The books are others by now; look again." });
  for (const { event } of plan.settled)
    if (!parts.write(event))
      return err({ code: "unavailable", path: "", detail: "The journal took a part; apply again for the rest." });
  await isLoaded(parts);
  return ok(answer);
}

interface Plan {
  readonly settled: readonly { readonly standing: StandingEntry; readonly event: CostAdjusted }[];
  readonly left: readonly (Omit<LeftOpen, "why"> & { readonly why: LeftOpen["why"] | "no-report" })[];
}

async function planOf(parts: SettlementParts, { provider, from, to, lag_hours }: Asked): Promise<Plan> {
  const { store, world } = parts;
  const range = { from: instant(Date.parse(from)), to: instant(Date.parse(to) + DAY_MS) };
  const standing = new Map<string, StandingEntry>();
  for await (const entries of askStandingEntries(store, range))
    for (const each of entries)
      if (each.entry.provider === provider && isOpen(each)) standing.set(each.entry.attempt, each);
  const open = [...standing.values()].map(toOpen);
  const kept = await keptReport(parts, { provider, from, to });
  if (kept === undefined) return { settled: [], left: byModel(open) };
  const { report, fetchedAt } = kept;
  const terms = termsOf(parts, { provider, fetchedAt, lag_hours: Math.max(lag_hours, LAG_HOURS_MIN) });
  const found = settle(open, await askProviderDays(store, { provider, ...range }), { report, terms });
  const unreported = open.filter(({ day }) => !report.days.includes(day));
  const left: Plan["left"][number][] = [...found.left, ...byModel(unreported)];
  const settled: Plan["settled"][number][] = [];
  for (const { attempt, usage, among } of found.settled) {
    const each = standing.get(attempt);
    if (each === undefined) continue;
    const shared = among === 1 ? "" : `, ${among} attempts together`;
    const reason = `settled by the report of ${provider} for ${dayOf(each)}${shared}`;
    const event = eventOf(parts, each, { usage, reason, at: world.clock.now() });
    if (event === undefined) left.push({ day: dayOf(each), model: each.entry.model, attempts: 1, why: "no-price" });
    else settled.push({ standing: each, event });
  }
  return { settled, left };
}

/**
 * More may still come of it, a part of its money was estimated, or it was taken for nothing because no answer came. What
 * runs in the background is read back by itself.
 */
function isOpen({ entry, estimated, inDoubt, nanos, adjustments }: StandingEntry): boolean {
  if (entry.state === "background") return false;
  const isNothing = entry.cost_type === "estimated" && nanos === 0n && adjustments === 0;
  return estimated !== 0n || inDoubt !== 0n || isNothing;
}

function toOpen(standing: StandingEntry): OpenAttempt {
  const { entry, nanos, inDoubt } = standing;
  const { attempt, model, tier, kind } = entry;
  return {
    attempt,
    day: dayOf(standing),
    model,
    tier,
    kind: kind === "embedding" ? "embedding" : "model",
    usage: standing.usage === undefined ? {} : withoutZeros(usageOf(standing)),
    most: entry.bound_nanos === undefined ? money(nanos + inDoubt) : money(BigInt(entry.bound_nanos)),
  };
}

function withoutZeros(usage: Usage): Usage {
  return Object.fromEntries(usageClasses.flatMap((name) => ((usage[name] ?? 0) === 0 ? [] : [[name, usage[name]]])));
}

function dayOf({ entry }: StandingEntry): string {
  return entry.incurred_at.slice(0, 10);
}

function byModel(open: readonly OpenAttempt[]): Plan["left"] {
  return [...Map.groupBy(open, ({ day, model }) => JSON.stringify([day, model])).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ day: first.day, model: first.model, attempts: group.length, why: "no-report" as const }];
  });
}

const nothing = { cost: { type: "priced", nanos: money(0n) }, components: [] } as const;

/** Undefined where the price book does not know the model, or not all of what was used. */
function eventOf(
  { inForce }: SettlementParts,
  standing: StandingEntry,
  { usage, reason, at }: { readonly usage: Usage; readonly reason: string; readonly at: Instant },
): CostAdjusted | undefined {
  const { provider, model, target, tier, region, incurred_at } = standing.entry;
  const { prices: book } = inForce();
  const incurred = instant(Date.parse(incurred_at));
  const asked = target.slice(provider.length + 1);
  const sku = book.find({ provider, model, at: incurred }) ?? book.find({ provider, model: asked, at: incurred });
  if (sku === undefined) return undefined;
  const prices = { book: book.revision, sku: sku.id };
  // What the provider has not billed costs nothing, at any rate.
  const isNothing = Object.keys(usage).length === 0;
  const priced = isNothing ? nothing : priceUsage(sku, { usage, tier, at: incurred, region });
  if (priced.cost.type === "unpriced") return undefined;
  const cost = { type: "priced", nanos: sumOf(priced.components) } as const;
  return adjustSettled(standing, { usage, cost, components: priced.components, prices }, { at, reason });
}

function toAnswer({ provider }: Asked, { settled, left }: Plan, { inForce }: SettlementParts): Previewed {
  const groups = Map.groupBy(settled, ({ standing }) => JSON.stringify([dayOf(standing), standing.entry.model]));
  const rows = [...groups.values()].flatMap((group): Row[] => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ day: dayOf(first.standing), model: first.standing.entry.model, ...sumsOf(group) }];
  });
  return {
    provider,
    currency: inForce().config.currency,
    rows: rows.toSorted((one, other) => (`${one.day} ${one.model}` < `${other.day} ${other.model}` ? -1 : 1)),
    total: sumsOf(settled),
    left: [...left],
  };
}

function sumsOf(settled: Plan["settled"]): Previewed["total"] {
  let [before, after, doubt] = [0n, 0n, 0n];
  for (const { standing, event } of settled) {
    before += standing.nanos;
    doubt += standing.inDoubt;
    after += event.after.cost.type === "unpriced" ? 0n : event.after.cost.nanos;
  }
  return {
    attempts: settled.length,
    before_nanos: before.toString(),
    in_doubt_nanos: doubt.toString(),
    after_nanos: after.toString(),
    difference_nanos: (after - before).toString(),
  };
}
