/** What customers bring less what they cost, as `tare unit --by customer` prints it. */
import { type MarginGroup, type MarginRow, type MarginRows } from "#contract";
import { showCount, showNanos } from "./amounts.ts";
import { type Column, table } from "./table.ts";

export function marginsText(margins: MarginRows): string {
  const { rows, known, unknown, under_water: under, groups, currency, no_customer_nanos: none } = margins;
  const more = known.customers + unknown.customers - rows.length;
  const share = under.customers_percent === undefined ? "" : ` (${under.customers_percent} %)`;
  const ofRevenue = under.revenue_percent === undefined ? "" : `, with ${under.revenue_percent} % of revenue`;
  return [
    table(rowColumns, rows, totalOf(margins)),
    more > 0 ? `… and ${showCount(more)} more, with --json\n` : "",
    `\n${showCount(under.customers)} of ${showCount(known.customers)}${share} are under water${ofRevenue}: ${showNanos(under.margin_nanos)}\n`,
    unknown.customers === 0
      ? ""
      : `${showCount(unknown.customers)} have no revenue that anybody said, and cost ${showNanos(unknown.cost_nanos)}\n`,
    none === "0" ? "" : `${showNanos(none)} were spent for no customer\n`,
    margins.table_is_used ? "" : "Imported revenue is of whole customers, so only outcomes count here\n",
    groups.length < 2
      ? ""
      : `\n${table(
          groupColumns,
          groups.map((group, index) => ({ ...group, index })),
        )}`,
    `\nAmounts in ${currency}.\n`,
  ].join("");
}

/** Of all customers, listed or not; revenue and margin of those whose revenue somebody said. */
function totalOf({ rows, known, unknown }: MarginRows): TotalRow {
  const isKnown = known.customers > 0;
  const isCut = rows.length < known.customers + unknown.customers;
  return {
    customer: "total",
    cost_nanos: (BigInt(known.cost_nanos) + BigInt(unknown.cost_nanos)).toString(),
    // Of a list that was cut, what it does not have is not known.
    unpriced: isCut ? undefined : rows.reduce((sum, row) => sum + row.unpriced, 0),
    ...(isKnown ? { revenue_nanos: known.revenue_nanos, margin_nanos: known.margin_nanos } : {}),
  };
}

type TotalRow = Omit<MarginRow, "unpriced"> & { readonly unpriced: number | undefined };

const rowColumns: readonly Column<TotalRow>[] = [
  { title: "customer", text: ({ customer }) => customer },
  { title: "revenue", isNumber: true, text: ({ revenue_nanos }) => amount(revenue_nanos) },
  { title: "from", text: ({ revenue_from }) => revenue_from ?? "–" },
  { title: "cost", isNumber: true, text: ({ cost_nanos }) => showNanos(cost_nanos) },
  { title: "margin", isNumber: true, text: ({ margin_nanos }) => amount(margin_nanos) },
  {
    title: "of revenue",
    isNumber: true,
    text: ({ margin_percent: share }) => (share === undefined ? "–" : `${share} %`),
  },
  { title: "unpriced", isNumber: true, text: ({ unpriced }) => (unpriced === undefined ? "–" : showCount(unpriced)) },
];

const groupColumns: readonly Column<MarginGroup & { readonly index: number }>[] = [
  { title: "group", text: ({ index }) => String(index + 1) },
  { title: "customers", isNumber: true, text: ({ customers }) => showCount(customers) },
  { title: "revenue", isNumber: true, text: ({ revenue_nanos }) => showNanos(revenue_nanos) },
  { title: "cost", isNumber: true, text: ({ cost_nanos }) => showNanos(cost_nanos) },
  { title: "margin", isNumber: true, text: ({ margin_nanos }) => showNanos(margin_nanos) },
  { title: "least", isNumber: true, text: (group) => showNanos(group.margin_nanos_min) },
  { title: "most", isNumber: true, text: (group) => showNanos(group.margin_nanos_max) },
];

function amount(nanos: string | undefined): string {
  return nanos === undefined ? "–" : showNanos(nanos);
}
