/** What one seed draws: which faults there are at all, how often, and the budgets that stand. */
import { type BudgetDefinition } from "#budget";
import { instant, type Instant } from "#units";
import { type Random } from "./random.ts";

export interface Options {
  readonly seed: number;
  readonly steps: number;
  /** What arrives at one moment is taken together. */
  readonly isBatched: boolean;
  readonly start: Instant;
  readonly nodes: number;
  readonly threads: number;
  /** The authority lives and dies with the only node; otherwise it stands apart and keeps each change. */
  readonly isEmbedded: boolean;
  readonly stepMsMax: number;
  readonly delayMsMax: number;
  readonly loss: number;
  readonly repeat: number;
  readonly crash: number;
  readonly authorityCrash: number;
  readonly pause: number;
  readonly limitChange: number;
  readonly overrun: number;
  readonly correction: number;
  readonly definitions: readonly BudgetDefinition[];
}

// Some seconds before a border that hurts: days of 23 and 25 hours, a midnight that is skipped, the turn of a year.
const STARTS = [
  ["Europe/Berlin", "2026-03-28T22:59:58Z"],
  ["Europe/Berlin", "2026-10-25T22:59:58Z"],
  ["Africa/Cairo", "2026-04-23T21:59:58Z"],
  ["America/Havana", "2026-11-01T03:59:58Z"],
  ["Asia/Tokyo", "2026-12-31T14:59:58Z"],
  ["UTC", "2026-06-15T09:30:58Z"],
] as const;

/** Of the last digit of seeds: nobody dies or stands still and no word is lost, so that whatever is said must be exact. */
const CALM = 7;

/** Last digits of seeds; none of those whose histories tests name. */
const BATCHED = [3, 5, 7, 8];

const SCOPES = [
  { scope: {}, unit: "USD", per: "total" },
  { scope: {}, unit: "USD", per: "day" },
  { scope: { team: "red" }, unit: "USD", per: "day" },
  { scope: { team: "red", user: "*" }, unit: "USD", per: "hour" },
  { scope: { user: "*" }, unit: "USD", per: "minute" },
  { scope: { key: "*" }, unit: "USD", per: "month" },
  { scope: { provider: "north" }, unit: "USD", per: "week" },
  { scope: { "tag.job": "*" }, unit: "USD", per: "day" },
  { scope: { interaction: "*" }, unit: "USD", per: "total" },
  { scope: { key: "*" }, unit: "requests", per: "minute" },
  { scope: { provider: "south" }, unit: "requests", per: "hour" },
  { scope: { team: "blue" }, unit: "tokens", per: "minute" },
  { scope: { user: "*" }, unit: "tokens", per: "day" },
  { scope: { user: "*" }, unit: "concurrent", per: "total" },
  { scope: {}, unit: "concurrent", per: "total" },
] as const;

const LIMITS = { USD: [50, 1500], tokens: [50, 1500], requests: [4, 120], concurrent: [2, 12] } as const;

export function drawLimit(random: Random, unit: BudgetDefinition["unit"]): bigint {
  const [least, most] = LIMITS[unit];
  return BigInt(random.between(least, most));
}

export function drawOptions(random: Random, seed: number): Options {
  const often = (share: number) => (random.isBelow(0.5) ? 0 : share * random.next());
  const fault = (share: number) => (isCalm ? 0 : often(share));
  const isCalm = seed % 10 === CALM;
  const isEmbedded = random.isBelow(0.5);
  const [zone, start] = random.pick(STARTS);
  return {
    seed,
    isBatched: BATCHED.includes(seed % 10),
    steps: random.between(150, 500),
    start: instant(Date.parse(start) + random.between(-3000, 2000)),
    nodes: isEmbedded ? 1 : random.between(1, 3),
    threads: random.between(1, 3),
    isEmbedded,
    stepMsMax: random.pick([2, 10, 40]),
    delayMsMax: random.pick([0, 5, 60]),
    loss: fault(0.3),
    repeat: often(0.3),
    crash: fault(0.02),
    authorityCrash: fault(0.01),
    pause: fault(0.02),
    limitChange: often(0.03),
    overrun: often(0.1),
    correction: often(0.05),
    definitions: drawDefinitions(random, zone),
  };
}

function drawDefinitions(random: Random, zone: string): readonly BudgetDefinition[] {
  const drawn = SCOPES.filter(() => random.isBelow(0.4));
  return (drawn.length === 0 ? [SCOPES[0]] : drawn).map(({ scope, unit, per }, index) => ({
    id: `budget-${index}`,
    scope,
    unit,
    per,
    limit: drawLimit(random, unit),
    zone,
    thresholds: drawThresholds(random, unit),
    valuesMax: random.isBelow(0.2) ? 2 : 1000,
  }));
}

function drawThresholds(random: Random, unit: BudgetDefinition["unit"]): BudgetDefinition["thresholds"] {
  const soft = (action: "clamp" | "degrade") =>
    unit !== "requests" && unit !== "concurrent" && random.isBelow(0.4)
      ? [{ percent: random.pick([60, 100, 100]), action }]
      : [];
  return [{ percent: 50, action: "alert" }, ...soft("clamp"), ...soft("degrade"), { percent: 100, action: "refuse" }];
}
