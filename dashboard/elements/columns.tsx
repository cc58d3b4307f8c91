/** The columns that most tables have, so that the same thing looks, sorts and is copied alike everywhere. */
import type { SpendMoney } from "#contract";
import { formatRatio, group, toPlainDecimal } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import { Amount } from "./amount.tsx";
import { type Doubtful, Doubts, DoubtsBelow, doubtsText, knownSum } from "./doubts.tsx";
import { type Column } from "./row-table.tsx";

interface ColumnFacts<Row, Value, Total = Value> {
  readonly id: string;
  readonly head: string;
  readonly of: (row: Row) => Value;
  readonly total?: Total | undefined;
  readonly isExtra?: boolean;
  readonly isSpare?: boolean;
}

type Nanos = bigint | string;

interface MoneyFacts<Row> extends ColumnFacts<Row, Nanos | undefined> {
  /** Said of a row without an amount; that it has no price where nothing else is. */
  readonly none?: string;
}

/** An amount; a row without one says so. */
export function moneyColumn<Row>({ of, total, none = "no price", ...facts }: MoneyFacts<Row>): Column<Row> {
  const exact = (row: Row) => {
    const nanos = of(row);
    return nanos === undefined ? undefined : BigInt(nanos);
  };
  return {
    ...facts,
    align: "end",
    value: exact,
    cell: (row) => <Amount nanos={of(row)} none={none} />,
    csv: (row) => {
      const nanos = exact(row);
      return nanos === undefined ? "" : toPlainDecimal(nanos);
    },
    ...(total === undefined ? {} : { total: <Amount nanos={total} /> }),
  };
}

interface SumRow extends Doubtful {
  readonly gross_nanos: string;
}

/** Gross with what is not certain of it below: a column of its own would push others off the screen. Two columns when copied. */
export function grossColumns<Row extends SumRow>(): readonly Column<Row>[] {
  const known = (row: Row) => knownSum(row.gross_nanos, row);
  const shown: Column<Row> = {
    ...moneyColumn<Row>({ id: "gross", head: "Gross", of: known }),
    cell: (row) => (
      <>
        <Amount nanos={known(row)} />
        <DoubtsBelow of={row} />
      </>
    ),
  };
  return [shown, { ...doubtsColumn<Row>({ of: (row) => row }), isCopiedOnly: true }];
}

/** A whole number. */
export function countColumn<Row>({ of, total, ...facts }: ColumnFacts<Row, number>): Column<Row> {
  return {
    ...facts,
    align: "end",
    value: of,
    cell: (row) => group(of(row)),
    csv: (row) => of(row).toString(),
    ...(total === undefined ? {} : { total: group(total) }),
  };
}

/** A length of time in milliseconds; one that was not measured is a dash. Sorted only where all rows are there. */
export function durationColumn<Row>({
  of,
  isSorted = false,
  ...facts
}: Omit<ColumnFacts<Row, number | undefined>, "total"> & { readonly isSorted?: boolean }): Column<Row> {
  return {
    ...facts,
    align: "end",
    ...(isSorted ? { value: of } : {}),
    cell: (row) => {
      const lengthMs = of(row);
      return lengthMs === undefined ? "–" : formatDuration(lengthMs);
    },
    csv: (row) => of(row)?.toString() ?? "",
  };
}

/** Words; what is not known is a dash. A wide column breaks its lines. */
export function textColumn<Row>({
  of,
  total,
  ...facts
}: ColumnFacts<Row, string | undefined> & { readonly isWide?: boolean }): Column<Row> {
  return {
    ...facts,
    value: (row) => of(row) ?? "",
    cell: (row) => of(row) ?? "–",
    csv: (row) => of(row) ?? "",
    ...(total === undefined ? {} : { total }),
  };
}

/** Gross divided by net; no ratio where there is no net. */
export function ratioColumn<Row>({ of, total }: { of: (row: Row) => SpendMoney; total: SpendMoney }): Column<Row> {
  const print = (row: Row) => ratio(of(row));
  return {
    id: "ratio",
    head: "Ratio",
    align: "end",
    cell: print,
    csv: print,
    total: ratio(total),
    isExtra: true,
    isSpare: true,
  };
}

function ratio(money: SpendMoney): string {
  return formatRatio(BigInt(money.gross_nanos), BigInt(money.net_nanos)) ?? "–";
}

export function doubtsColumn<Row>({ of, total }: { of: (row: Row) => Doubtful; total?: Doubtful }): Column<Row> {
  return {
    id: "doubts",
    head: "Not certain",
    cell: (row) => <Doubts of={of(row)} withNone={total !== undefined} />,
    csv: (row) => doubtsText(of(row)),
    isExtra: true,
    ...(total === undefined ? {} : { total: <Doubts of={total} withNone /> }),
  };
}
