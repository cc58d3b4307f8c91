import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { MarginGroup, MarginRow, MarginRows } from "#contract";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { marginsQuery } from "../api/economics-questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Answered } from "../elements/answered.tsx";
import { countColumn, moneyColumn } from "../elements/columns.tsx";
import { Figures } from "../elements/figures.tsx";
import { Go } from "../elements/go.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatPercent, group, toPlainDecimal } from "../format/money.ts";
import styles from "./customers.module.css";

/** What does each customer bring and cost, how is that spread, and who is under water? */
export function CustomersPage() {
  const { client } = useConnection();
  const { filters } = useAddress();
  const { from, to } = usePeriod();
  const query = useQuery(marginsQuery(client, { from, to, filters }));
  return (
    <PageFrame title="Customers">
      <Answered query={query}>
        {(margins) => (
          <>
            <Summary margins={margins} />
            <Spread groups={margins.groups} />
            <CustomerList margins={margins} />
          </>
        )}
      </Answered>
    </PageFrame>
  );
}

function Summary({ margins }: { margins: MarginRows }) {
  const { known, unknown, under_water: under, no_customer_nanos: none, total_cost_nanos: total } = margins;
  const amounts = [
    ["Revenue", known.customers === 0 ? undefined : known.revenue_nanos],
    ["Cost of those customers", known.cost_nanos],
    ["Margin", known.customers === 0 ? undefined : known.margin_nanos],
    ["Margin of those under water", known.customers === 0 ? undefined : under.margin_nanos],
    ["Cost without known revenue", unknown.cost_nanos],
    ["Cost of no customer", none],
    ["All cost", total],
  ] as const;
  return (
    <>
      <Figures of={amounts.map(([name, nanos]) => ({ name, value: <Money nanos={nanos} /> }))} />
      {!margins.table_is_used && (
        <p className={styles.note}>Imported revenue is of whole customers: under this filter only outcomes count.</p>
      )}
    </>
  );
}

/** Revenue that nobody said is unknown, which is not zero and has nothing to do with prices. */
function Money({ nanos }: { nanos: string | undefined }) {
  if (nanos !== undefined) return <Amount nanos={nanos} />;
  return (
    <span className={styles.unknown} title="Nobody said. Unknown is not zero.">
      –
    </span>
  );
}

function Spread({ groups }: { groups: readonly MarginGroup[] }) {
  if (groups.length < 2) return null;
  const sizes = groups.map(({ margin_nanos }) => Math.abs(Number(margin_nanos)));
  const rows = groups.map((each, index) => ({ ...each, index, share: (sizes[index] ?? 0) / Math.max(1, ...sizes) }));
  return (
    <Section
      title="How margins are spread"
      note={groups.length === 10 ? "A tenth of customers in each line, the worst first" : "The worst first"}
    >
      <RowTable
        label="Margins by tenth"
        rows={rows}
        columns={groupColumns}
        keyOf={({ index }) => String(index)}
        empty=""
      />
    </Section>
  );
}

type GroupRow = MarginGroup & { readonly index: number; readonly share: number };

const groupColumns: readonly Column<GroupRow>[] = [
  countColumn({ id: "place", head: "Group", of: ({ index }) => index + 1 }),
  countColumn({ id: "customers", head: "Customers", of: ({ customers }) => customers }),
  moneyColumn({ id: "revenue", head: "Revenue", of: ({ revenue_nanos }) => revenue_nanos, isExtra: true }),
  moneyColumn({ id: "cost", head: "Cost", of: ({ cost_nanos }) => cost_nanos, isExtra: true }),
  moneyColumn({ id: "margin", head: "Margin", of: ({ margin_nanos }) => margin_nanos }),
  {
    id: "bar",
    head: "Loss and gain",
    cell: ({ share, margin_nanos: margin }) => (
      <span className={styles.bar} aria-hidden="true">
        <i className={styles.loss} style={{ width: BigInt(margin) < 0n ? `${share * 50}%` : 0 }} />
        <i className={styles.gain} style={{ width: BigInt(margin) < 0n ? 0 : `${share * 50}%` }} />
      </span>
    ),
    csv: () => "",
  },
  moneyColumn({ id: "least", head: "Least", of: (row) => row.margin_nanos_min, isExtra: true }),
  moneyColumn({ id: "most", head: "Most", of: (row) => row.margin_nanos_max, isExtra: true }),
];

function CustomerList({ margins }: { margins: MarginRows }) {
  const { rows, known, unknown, under_water: under } = margins;
  const columns = useMemo(() => customerColumns(margins), [margins]);
  const isCertain = rows.every(({ unpriced }) => unpriced === 0);
  const share = under.customers_percent === undefined ? "" : ` (${formatPercent(under.customers_percent)})`;
  const ofRevenue =
    under.revenue_percent === undefined ? "" : `, with ${formatPercent(under.revenue_percent)} of revenue`;
  const note =
    known.customers === 0
      ? "Nobody said what these customers bring: import a table of revenue, or report outcomes with their value"
      : under.customers === 0
        ? `All ${group(known.customers)} with known revenue bring more than they cost${isCertain ? "" : ", as far as that has a price"}`
        : `${group(under.customers)} of ${group(known.customers)}${share} cost more than they bring${ofRevenue}`;
  const left = known.customers + unknown.customers - rows.length;
  return (
    <Section title="All customers, the worst margin first" note={note}>
      <RowTable
        label="All customers"
        rows={rows}
        columns={columns}
        keyOf={({ customer }) => customer}
        empty={<NothingHere>No customers in this range. Choose a longer one.</NothingHere>}
      />
      {left > 0 && <p className={styles.note}>{group(left)} more are not shown; the total is over all.</p>}
    </Section>
  );
}

/** Sums of all customers, listed or not; revenue and margin of those whose revenue somebody said. */
function customerColumns({ rows, known, unknown }: MarginRows): readonly Column<MarginRow>[] {
  const isKnown = known.customers > 0;
  const isCut = rows.length < known.customers + unknown.customers;
  const cost = BigInt(known.cost_nanos) + BigInt(unknown.cost_nanos);
  const unpriced = rows.reduce((sum, row) => sum + row.unpriced, 0);
  const [name, revenue, from, spent, margin, percent, open] = listedColumns;
  return [
    { ...name, total: unknown.customers > 0 && isKnown ? "Total; revenue and margin as far as known" : "Total" },
    { ...revenue, total: <Money nanos={isKnown ? known.revenue_nanos : undefined} /> },
    from,
    { ...spent, total: <Amount nanos={cost} /> },
    { ...margin, total: <Money nanos={isKnown ? known.margin_nanos : undefined} /> },
    percent,
    // Of a list that was cut, what it does not have is not known.
    { ...open, ...(isCut ? {} : { total: group(unpriced) }) },
  ];
}

const listedColumns = [
  {
    id: "name",
    head: "Customer",
    value: ({ customer }) => customer,
    cell: ({ customer }) => <Go to={{ page: "customer", name: customer }}>{customer}</Go>,
    csv: ({ customer }) => customer,
  },
  maybeMoney("revenue", "Revenue", (row) => row.revenue_nanos),
  {
    id: "from",
    head: "Revenue from",
    value: (row) => fromText(row),
    cell: (row) => fromText(row),
    csv: (row) => fromText(row),
    isExtra: true,
  },
  moneyColumn({ id: "cost", head: "Cost", of: (row) => row.cost_nanos }),
  maybeMoney("margin", "Margin", (row) => row.margin_nanos),
  {
    id: "percent",
    head: "Of revenue",
    align: "end",
    value: ({ margin_percent: percent }) => percent,
    cell: ({ margin_percent: percent }) => (percent === undefined ? "–" : formatPercent(percent)),
    csv: ({ margin_percent: percent }) => percent?.toString() ?? "",
    isExtra: true,
  },
  countColumn({ id: "unpriced", head: "Unpriced", of: (row) => row.unpriced, isExtra: true }),
] as const satisfies readonly Column<MarginRow>[];

function fromText({ revenue_from: from, table_covers: covers }: MarginRow): string {
  if (from === undefined) return "–";
  const isPart = covers !== undefined && covers < 1 && from !== "outcomes";
  return isPart ? `${from}, for ${Math.floor(covers * 100)} % of the range` : from;
}

function maybeMoney(id: string, head: string, of: (row: MarginRow) => string | undefined): Column<MarginRow> {
  const exact = (row: MarginRow) => {
    const nanos = of(row);
    return nanos === undefined ? undefined : BigInt(nanos);
  };
  return {
    id,
    head,
    align: "end",
    value: exact,
    cell: (row) => <Money nanos={of(row)} />,
    csv: (row) => {
      const nanos = exact(row);
      return nanos === undefined ? "" : toPlainDecimal(nanos);
    },
  };
}
