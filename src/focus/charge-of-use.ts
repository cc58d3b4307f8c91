/** A sum of ledger components as a FOCUS charge. */
import { type StepKind, type UsageClass } from "#inference";
import { assert } from "#std";
import { type Money, parseRate } from "#units";
import { type Charge, type Price } from "./charge.ts";
import { exact, times } from "./exact.ts";
import { GENERATIVE_AI, serviceOf } from "./meters.ts";
import { type FocusNames, OWN, plainNames, type ProviderNames } from "./names.ts";

/** What was charged by one price row, for one of everything else that is told apart. */
export interface MeteredUse {
  readonly provider: string;
  readonly sku: string | undefined;
  readonly model: string;
  readonly tier: string | undefined;
  readonly kind: StepKind | "bill";
  /** Of a step its name, of a bill its service. */
  readonly step: string | undefined;
  readonly operation: string;
  readonly purpose: string;
  readonly layer: string;
  readonly region: string | undefined;
  readonly feature: string;
  readonly team: string;
  readonly customer: string;
  readonly environment: string;
  readonly key: string;
  /** Booked in a later month than it was incurred in. */
  readonly isLate: boolean;
  readonly isEstimated: boolean;
  /** Undefined for money that no quantity stands behind. */
  readonly metered:
    | { readonly class: UsageClass; readonly quantity: bigint; readonly rate: string; readonly row: string }
    | undefined;
  readonly nanos: Money;
  readonly entries: number;
}

export interface ChargePeriod {
  readonly from: string;
  readonly to: string;
  readonly currency: string;
}

const RATE_SCALE = 18;
const MILLION_SCALE = 6;
const NANO_SCALE = 9;

export function chargeOf(
  use: MeteredUse,
  { from, to, currency }: ChargePeriod,
  names: FocusNames = plainNames,
): Charge {
  const [list] = use.sku?.split("/") ?? [];
  const vendor = names.provider(list, use.provider);
  const price = priceOf(use, { vendor, names, currency });
  const booked = exact(use.nanos, NANO_SCALE);
  return {
    from,
    to,
    currency,
    category: categoryOf(use),
    frequency: "Usage-Based",
    isCorrection: use.isLate,
    description: describe(use, names),
    account: names.account(use.provider),
    parties: vendor,
    service: isModelCall(use)
      ? { name: vendor.service, ...GENERATIVE_AI }
      : { name: use.step ?? use.layer, ...serviceOf(use.layer) },
    region: use.region,
    price,
    consumed: consumedOf(use, names),
    cost: price === undefined ? booked : times(price.quantity, price.contracted),
    commitment: undefined,
    principal: present(use.key),
    consumer: present(use.customer),
    own: {
      layer: use.layer,
      purpose: use.purpose,
      feature: use.feature,
      team: use.team,
      environment: use.environment,
      tier: use.tier,
      usageClass: use.metered?.class,
      priceRow: use.metered?.row,
      booked,
      isEstimated: use.isEstimated,
      entries: use.entries,
    },
  };
}

function present(value: string): string | undefined {
  return value === OWN ? undefined : value;
}

const categories = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"] as const;

/** A bill keeps the category that it came with. */
function categoryOf({ kind, operation }: MeteredUse): Charge["category"] {
  return kind === "bill" ? (categories.find((name) => name === operation) ?? "Usage") : "Usage";
}

function isModelCall({ model, metered }: MeteredUse): boolean {
  return model !== OWN && metered !== undefined;
}

interface PriceTerms {
  readonly vendor: ProviderNames;
  readonly names: FocusNames;
  readonly currency: string;
}

function priceOf(use: MeteredUse, { vendor, names, currency }: PriceTerms): Price | undefined {
  const { metered, model, tier } = use;
  if (metered === undefined) return plainPrice(use, currency);
  const meter = names.meter(metered.class);
  const rate = parseRate(metered.rate);
  assert(rate.ok, "the ledger's rates are exact decimals");
  const contracted = exact(rate.value, RATE_SCALE);
  const skuId = `${vendor.isDeveloper && model !== OWN ? model : nameOf(use)}-${meter.suffix}`;
  const { family, version } = names.model(model);
  return {
    skuId,
    skuPriceId: `${skuId}-${termOf(tier)}${marksOf(metered.row)}`,
    meter: meter.name,
    model: model === OWN ? undefined : { developer: vendor.developer, family, id: model, version },
    direction: meter.direction,
    cache: meter.cache,
    category: tier === "flex" ? "Dynamic" : "Standard",
    unit: `1000000 ${meter.unit}`,
    quantity: exact(metered.quantity, MILLION_SCALE),
    list: contracted,
    contracted,
  };
}

/** Money without a quantity is counted in itself, at a price of 1, as FOCUS does with commitments. */
function plainPrice(use: MeteredUse, currency: string): Price | undefined {
  if (categoryOf(use) !== "Usage" && categoryOf(use) !== "Purchase") return undefined;
  const skuId = use.kind === "bill" && use.sku !== undefined ? use.sku : `${nameOf(use)}-cost`;
  return {
    skuId,
    skuPriceId: skuId,
    meter: "Cost",
    model: undefined,
    direction: undefined,
    cache: undefined,
    category: "Standard",
    unit: currency,
    quantity: exact(use.nanos, NANO_SCALE),
    list: exact(1n, 0),
    contracted: exact(1n, 0),
  };
}

function consumedOf(use: MeteredUse, names: FocusNames): Charge["consumed"] {
  if (categoryOf(use) !== "Usage") return undefined;
  const { metered, entries } = use;
  if (metered === undefined) return { quantity: exact(BigInt(entries), 0), unit: "Requests" };
  return { quantity: exact(metered.quantity, 0), unit: names.meter(metered.class).unit };
}

function nameOf({ provider, model, step, kind, layer }: MeteredUse): string {
  const thing = model === OWN ? (step ?? (kind === "bill" ? layer : kind)) : model;
  return provider === OWN ? thing : `${provider}/${thing}`;
}

function termOf(tier: string | undefined): string {
  return tier === undefined || tier === "default" || tier === "standard" ? "ondemand" : tier;
}

/** The context band and the time of day that a price row is for, as its id says them. */
function marksOf(row: string): string {
  const over = />(\d+)/.exec(row)?.[1];
  const window = /@(\d+)m/.exec(row)?.[1];
  return `${over === undefined ? "" : `-over-${over}`}${window === undefined ? "" : `-from-minute-${window}`}`;
}

/** `Cache write input tokens for gpt-5-mini`. */
function describe({ metered, model, step, layer }: MeteredUse, names: FocusNames): string {
  const of = model === OWN ? (step ?? layer) : names.model(model).called;
  if (metered === undefined) return `Cost of ${of}`;
  const [first = "", ...rest] = names.meter(metered.class).name.split(" ");
  return `${[first, ...rest.map((word) => (word === "GPU" ? word : word.toLowerCase()))].join(" ")} for ${of}`;
}
