import { formatRate, type Instant } from "#units";
import {
  type PriceRow,
  type PrintedPriceRow,
  type PrintedQuarantinedRow,
  type QuarantinedRow,
  type TimeWindow,
} from "./price-row.ts";
import { type Sku } from "./sku.ts";

/** A row in the words of the control API. */
export function printRow(sku: Pick<Sku, "provider" | "model">, row: PriceRow): PrintedPriceRow {
  return {
    row: row.id,
    provider: sku.provider,
    model: sku.model,
    class: row.class,
    rate: formatRate(row.rate),
    tier: row.tier,
    ...(row.over > 0 && { context_over: row.over }),
    ...(row.region !== undefined && { region: row.region }),
    ...(row.window !== undefined && { window: printWindow(row.window) }),
    ...(row.from !== undefined && { valid_from: printInstant(row.from) }),
    ...(row.until !== undefined && { valid_to: printInstant(row.until) }),
    source: row.source,
    ...(row.checkedAt !== undefined && { checked_at: row.checkedAt }),
  };
}

export function printQuarantined(sku: Pick<Sku, "provider" | "model">, entry: QuarantinedRow): PrintedQuarantinedRow {
  return { ...printRow(sku, entry.row), reason: entry.reason };
}

function printInstant(at: Instant): string {
  return new Date(at).toISOString();
}

function printWindow({ fromMs, toMs }: TimeWindow): string {
  return `${printTime(fromMs)}-${printTime(toMs)}`;
}

function printTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
