/** The columns of each version, in the order of their names, ours behind them. */
import { type Charge, type ModelIdentity, type Price } from "./charge.ts";
import { type Exact, exact, minus, printExact, times } from "./exact.ts";

export const focusVersions = ["1.2", "1.4", "1.5-draft"] as const;
export type FocusVersion = (typeof focusVersions)[number];

export interface FocusColumn {
  readonly name: string;
  /** `said`: text that a client chose, which a spreadsheet must not run. */
  readonly kind: "decimal" | "text" | "said" | "time" | "json";
  /** Undefined is null. */
  readonly of: (charge: Charge) => string | undefined;
}

interface VersionedColumn extends FocusColumn {
  readonly versions?: readonly FocusVersion[];
}

export function focusColumns(version: FocusVersion): readonly FocusColumn[] {
  return [...focusToHost, ...focusFromHostOn(version), ...own].filter(
    ({ versions }) => versions === undefined || versions.includes(version),
  );
}

const ZERO = exact(0n, 0);

function text(name: string, of: FocusColumn["of"]): VersionedColumn {
  return { name, kind: "text", of };
}

function decimal(name: string, of: (charge: Charge) => Exact | undefined): VersionedColumn {
  return {
    name,
    kind: "decimal",
    of: (charge) => {
      const value = of(charge);
      return value === undefined ? undefined : printExact(value);
    },
  };
}

function time(name: string, of: FocusColumn["of"]): VersionedColumn {
  return { name, kind: "time", of };
}

function only(versions: readonly FocusVersion[], column: VersionedColumn): VersionedColumn {
  return { ...column, versions };
}

const focusToHost: readonly VersionedColumn[] = [
  decimal("BilledCost", billed),
  text("BillingAccountId", ({ account }) => account.id),
  text("BillingAccountName", ({ account }) => account.name),
  text("BillingCurrency", ({ currency }) => currency),
  time("BillingPeriodEnd", ({ from }) => monthStart(from, 1)),
  time("BillingPeriodStart", ({ from }) => monthStart(from, 0)),
  text("ChargeCategory", ({ category }) => category),
  text("ChargeClass", ({ isCorrection }) => (isCorrection ? "Correction" : undefined)),
  text("ChargeDescription", ({ description }) => description),
  text("ChargeFrequency", ({ frequency }) => frequency),
  time("ChargePeriodEnd", ({ to }) => to),
  time("ChargePeriodStart", ({ from }) => from),
  text("CommitmentDiscountCategory", ({ commitment }) => (commitment === undefined ? undefined : "Spend")),
  text("CommitmentDiscountId", ({ commitment }) => commitment?.id),
  text("CommitmentDiscountName", ({ commitment }) => commitment?.name),
  decimal("CommitmentDiscountQuantity", (charge) => (charge.commitment === undefined ? undefined : contracted(charge))),
  text("CommitmentDiscountStatus", isDrawn),
  text("CommitmentDiscountType", ({ commitment }) => commitment?.type),
  text("CommitmentDiscountUnit", ({ commitment }) => commitment?.unit),
  only(["1.5-draft"], { name: "ConsumerId", kind: "said", of: ({ consumer }) => consumer }),
  decimal("ConsumedQuantity", ({ consumed }) => consumed?.quantity),
  text("ConsumedUnit", ({ consumed }) => consumed?.unit),
  decimal("ContractedCost", contracted),
  decimal("ContractedUnitPrice", ({ price }) => price?.contracted),
  decimal("EffectiveCost", (charge) => (isPaidAhead(charge) ? ZERO : contracted(charge))),
];

function focusFromHostOn(version: FocusVersion): readonly VersionedColumn[] {
  return [
    only(
      ["1.4", "1.5-draft"],
      text("HostProviderName", ({ parties }) => parties.host),
    ),
    text("InvoiceId", () => undefined),
    text("InvoiceIssuerName", ({ parties }) => parties.invoiceIssuer),
    decimal("ListCost", ({ price, cost }) => (price === undefined ? cost : times(price.quantity, price.list))),
    decimal("ListUnitPrice", ({ price }) => price?.list),
    text("PricingCategory", ({ price }) => price?.category),
    decimal("PricingQuantity", ({ price }) => price?.quantity),
    text("PricingUnit", ({ price }) => price?.unit),
    only(
      ["1.5-draft"],
      text("PrincipalId", ({ principal }) => principal),
    ),
    only(
      ["1.2"],
      text("ProviderName", ({ parties }) => parties.provider),
    ),
    only(
      ["1.2"],
      text("PublisherName", ({ parties }) => parties.host),
    ),
    text("RegionId", ({ region }) => region),
    text("RegionName", ({ region }) => region),
    text("ResourceId", (charge) => (isPaidAhead(charge) ? charge.commitment?.id : undefined)),
    text("ServiceCategory", ({ service }) => service.category),
    text("ServiceName", ({ service }) => service.name),
    only(
      ["1.4", "1.5-draft"],
      text("ServiceProviderName", ({ parties }) => parties.provider),
    ),
    text("ServiceSubcategory", ({ service }) => service.subcategory),
    text("SkuId", ({ price }) => price?.skuId),
    text("SkuMeter", ({ price }) => price?.meter),
    { name: "SkuPriceDetails", kind: "json", of: ({ price }) => detailsOf(price, version) },
    text("SkuPriceId", ({ price }) => price?.skuPriceId),
  ];
}

const own: readonly VersionedColumn[] = [
  text("x_CostLayer", ({ own: facts }) => facts?.layer),
  { name: "x_Customer", kind: "said", of: ({ consumer }) => consumer },
  decimal("x_Entries", ({ own: facts }) => (facts === undefined ? undefined : exact(BigInt(facts.entries), 0))),
  { name: "x_Environment", kind: "said", of: ({ own: facts }) => facts?.environment },
  text("x_Estimated", ({ own: facts }) => (facts === undefined ? undefined : String(facts.isEstimated))),
  { name: "x_Feature", kind: "said", of: ({ own: facts }) => facts?.feature },
  text("x_Key", ({ principal }) => principal),
  decimal("x_LedgerCost", ({ own: facts }) => facts?.booked),
  text("x_PriceRow", ({ own: facts }) => facts?.priceRow),
  text("x_Purpose", ({ own: facts }) => facts?.purpose),
  decimal("x_RoundingCost", (charge) =>
    charge.own === undefined ? undefined : minus(charge.own.booked, contracted(charge)),
  ),
  text("x_ServiceTier", ({ own: facts }) => facts?.tier),
  { name: "x_Team", kind: "said", of: ({ own: facts }) => facts?.team },
  text("x_UsageClass", ({ own: facts }) => facts?.usageClass),
];

function contracted({ price, cost }: Charge): Exact {
  return price === undefined ? cost : times(price.quantity, price.contracted);
}

/** What is drawn from a commitment was billed when that was bought. */
function billed(charge: Charge): Exact {
  return charge.commitment !== undefined && charge.category === "Usage" ? ZERO : contracted(charge);
}

function isDrawn({ commitment, category }: Charge): string | undefined {
  return commitment !== undefined && category === "Usage" ? "Used" : undefined;
}

/** It takes effect charge by charge, as it is drawn down. */
function isPaidAhead({ commitment, category }: Charge): boolean {
  return commitment !== undefined && category === "Purchase";
}

/** Billing periods are calendar months in UTC. */
function monthStart(at: string, later: number): string {
  const date = new Date(at);
  return `${new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)).toISOString().slice(0, 19)}Z`;
}

/** Before 1.5 these names are not FOCUS's own, so they stand there as ours. */
function detailsOf(price: Price | undefined, version: FocusVersion): string | undefined {
  if (price?.model === undefined) return undefined;
  const mark = version === "1.5-draft" ? "" : "x_";
  const facts = [...identity(price.model), ["TokenCacheAction", price.cache], ["TokenDirection", price.direction]];
  return JSON.stringify(
    Object.fromEntries(facts.flatMap(([name, value]) => (value === undefined ? [] : [[`${mark}${name}`, value]]))),
  );
}

function identity({ developer, family, id, version }: ModelIdentity): (string | undefined)[][] {
  return [
    ["ModelDeveloper", developer],
    ["ModelFamily", family],
    ["ModelId", id],
    ["ModelVersion", version],
  ];
}
