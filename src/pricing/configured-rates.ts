/** A customer's own rates as price rows. */
import { assert } from "#std";
import { type Instant, instant } from "#units";
import { type PriceRow, type Tier } from "./price-row.ts";
import { configuredTiers, fieldClasses, type ModelRates, type RateField, ratesOf } from "./pricing-config.ts";
import { isTokenClass } from "./usage-family.ts";

export interface RatedModel {
  readonly provider: string;
  readonly model: string;
  readonly rates: ModelRates;
}

export function rowsOfConfigured({ provider, model, rates }: RatedModel): readonly PriceRow[] {
  const row = (tier: Tier, [field, rate]: ReturnType<typeof ratesOf>[number]): PriceRow => {
    const name = classOf(field);
    return {
      id: `configured:${provider}/${model}:${field}${tier === "standard" ? "" : `+${tier}`}`,
      class: name,
      rate,
      isFree: rates.free === true,
      tier: isTokenClass(name) ? tier : "any",
      over: 0,
      region: undefined,
      window: undefined,
      from: dayStart(rates.valid_from),
      until: dayStart(rates.valid_to),
      source: rates.source ?? "tare.yaml",
      checkedAt: undefined,
    };
  };
  return [
    ...ratesOf(rates).map((rate) => row("standard", rate)),
    ...configuredTiers.flatMap((tier) => ratesOf(rates[tier] ?? {}).map((rate) => row(tier, rate))),
  ];
}

function classOf(field: RateField) {
  const pair = fieldClasses.find(([name]) => name === field);
  assert(pair !== undefined, "every rate field has a class");
  return pair[1];
}

function dayStart(day: string | undefined): Instant | undefined {
  return day === undefined ? undefined : instant(Date.parse(`${day}T00:00:00Z`));
}
