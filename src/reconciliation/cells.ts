/** Both sides of the comparison, put into one cell for each day, model, meter and tier. */
import { type Instant, type Money, money, parseRate, type Rate } from "#units";
import { classOfMeter, meterOf, type ProviderReport } from "#reports";
import { type LedgerCharge, type LedgerDays, type LedgerQuantity } from "./ledger-days.ts";
import { type UsageClass } from "#inference";

export interface ReconcileTerms {
  /** When the report of a day was fetched: one that ended less than `lagMs` before may not be finished in it. */
  readonly asOf: (day: string) => Instant;
  readonly lagMs: number;
  /** The tier that a word of an answer or report means. */
  readonly tierOf: (word: string | undefined) => string;
  /** Our rate where the ledger has none, because it has nothing of the kind. */
  readonly rateOf: (wanted: {
    readonly day: string;
    readonly model: string;
    readonly tier: string;
    readonly class: UsageClass;
  }) => Rate | undefined;
}

export interface Cell {
  readonly day: string;
  readonly model: string;
  readonly meter: string;
  readonly tier: string;
  readonly ledger: { readonly quantity: number; readonly nanos: Money; readonly roundings: number };
  readonly report: {
    /** Undefined where the report does not say. */
    readonly quantity: number | undefined;
    readonly nanos: Money | undefined;
  };
  /** Booked more than once, as far as the provider's ids show. */
  readonly repeated: number;
  /** The only rate that the ledger charged, else the one it charged most by, else ours of now. */
  readonly rate: Rate | undefined;
  readonly hasOneRate: boolean;
}

/** The tier of a report that is not grouped by tiers. */
export const ANY_TIER = "(all)";

interface Draft {
  readonly of: Pick<Cell, "day" | "model" | "meter" | "tier">;
  booked: number;
  nanos: bigint;
  roundings: number;
  reported: number | undefined;
  charged: bigint | undefined;
  repeated: number;
  readonly rates: Map<string, number>;
}

/** In the order of day, model, meter and tier. */
export function cellsOf(ledger: LedgerDays, report: ProviderReport, terms: ReconcileTerms): readonly Cell[] {
  const drafts = new Drafts(report, terms);
  drafts.addLedger(ledger);
  drafts.addReport();
  return drafts.all.map((draft) => toCell(draft, report, terms)).toSorted(byPlace);
}

interface Line {
  readonly day: string;
  readonly model: string;
  readonly tier: string | undefined;
}

class Drafts {
  readonly #drafts = new Map<string, Draft>();
  readonly #report: ProviderReport;
  readonly #terms: ReconcileTerms;

  constructor(report: ProviderReport, terms: ReconcileTerms) {
    this.#report = report;
    this.#terms = terms;
  }

  get all(): readonly Draft[] {
    return [...this.#drafts.values()];
  }

  addLedger({ quantities, repeats, charges }: LedgerDays): void {
    const days = new Set(this.#report.days);
    for (const line of quantities) if (days.has(line.day)) this.#ofLedger(line).booked += line.quantity;
    for (const line of repeats) if (days.has(line.day)) this.#ofLedger(line).repeated += line.quantity;
    for (const line of charges) if (days.has(line.day)) addCharge(this.#ofLedger(line), line);
  }

  /** Quantities of the cost report stand in only where the usage report has none. */
  addReport(): void {
    for (const line of this.#report.usage) {
      const draft = this.#of(line, line.meter);
      draft.reported = (draft.reported ?? 0) + line.quantity;
    }
    const billed = new Map<Draft, number | undefined>();
    for (const { day, of, nanos, quantity } of this.#report.costs) {
      if (of === undefined) continue;
      const draft = this.#of({ day, ...of }, of.meter);
      draft.charged = (draft.charged ?? 0n) + nanos;
      const before = billed.has(draft) ? billed.get(draft) : 0;
      billed.set(draft, before === undefined || quantity === undefined ? undefined : before + quantity);
    }
    for (const [draft, quantity] of billed) draft.reported ??= quantity;
  }

  #ofLedger(line: LedgerQuantity): Draft {
    return this.#of(line, meterOf(this.#report.format, line.kind, line.class));
  }

  #of({ day, model, tier }: Line, meter: string): Draft {
    const isByTier = this.#report.isByTier && !untiered.has(meter);
    const of = { day, model, meter, tier: isByTier ? this.#terms.tierOf(tier) : ANY_TIER };
    const key = JSON.stringify([day, model, meter, of.tier]);
    const known = this.#drafts.get(key) ?? newDraft(of);
    this.#drafts.set(key, known);
    return known;
  }
}

/** They have one price in every tier, and reports do not group them by it. */
const untiered: ReadonlySet<string> = new Set([
  "web_searches",
  "file_searches",
  "code_sessions",
  "images",
  "audio_ms_in",
  "characters_in",
  "embedding_input",
]);

function newDraft(of: Draft["of"]): Draft {
  return {
    of,
    booked: 0,
    nanos: 0n,
    roundings: 0,
    reported: undefined,
    charged: undefined,
    repeated: 0,
    rates: new Map(),
  };
}

function addCharge(draft: Draft, { rate, quantity, nanos, roundings }: LedgerCharge): void {
  draft.nanos += nanos;
  draft.roundings += roundings;
  draft.rates.set(rate, (draft.rates.get(rate) ?? 0) + quantity);
}

function toCell({ of, booked, nanos, ...draft }: Draft, report: ProviderReport, terms: ReconcileTerms): Cell {
  const isStated = report.stated.has(`${of.day} ${of.meter}`);
  const rates = [...draft.rates].filter(([, quantity]) => quantity !== 0);
  const [most] = rates.toSorted(([, left], [, right]) => right - left);
  const written = most === undefined ? undefined : parseRate(most[0]);
  const name = classOfMeter(of.meter);
  return {
    ...of,
    ledger: { quantity: booked, nanos: money(nanos), roundings: draft.roundings },
    report: {
      quantity: draft.reported ?? (isStated ? 0 : undefined),
      nanos: draft.charged === undefined ? undefined : money(draft.charged),
    },
    repeated: draft.repeated,
    rate: written?.ok === true ? written.value : name === undefined ? undefined : terms.rateOf({ ...of, class: name }),
    hasOneRate: rates.length === 1,
  };
}

function byPlace(left: Cell, right: Cell): number {
  const [one, other] = [left, right].map(({ day, model, meter, tier }) => [day, model, meter, tier].join("\n"));
  return (one ?? "") < (other ?? "") ? -1 : 1;
}
