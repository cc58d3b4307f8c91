import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  type Row as SortableRow,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useMemo, useRef } from "react";
import { readSorting, writeSorting } from "../address/sorting.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { toCsv } from "../format/csv.ts";
import { CopyButton } from "./button.tsx";
import { useShownRows } from "./shown-rows.tsx";
import styles from "./row-table.module.css";
import { useKeptFocus } from "./use-kept-focus.ts";

type Sortable = bigint | number | string | undefined;

export interface Column<Row> {
  readonly id: string;
  readonly head: string;
  readonly align?: "start" | "end";
  readonly cell: (row: Row) => ReactNode;
  /** What the column is sorted by, with every digit; a column without it keeps its order. */
  readonly value?: (row: Row) => Sortable;
  readonly csv: (row: Row) => string;
  /** The foot of the column. */
  readonly total?: ReactNode;
  /** Left out where the screen is narrow: what matters less than the others. */
  readonly isExtra?: boolean;
  /** Left out on a small laptop already, whose side bar leaves no room for it. Never money. */
  readonly isSpare?: boolean;
  readonly isWide?: boolean;
  /** What can be done with a row: its head is for those who do not see that, and nothing of it is copied. */
  readonly isOfActions?: boolean;
  /** Only in what is copied: on the screen another column says it too. */
  readonly isCopiedOnly?: boolean;
}

interface RowTableFacts<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly empty: ReactNode;
  /** Rows that the reader should notice, such as new ones. */
  readonly isMarked?: (row: Row) => boolean;
  readonly canCopy?: boolean;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

function compareRows<Row extends object>(
  a: SortableRow<typeof features, Row>,
  b: SortableRow<typeof features, Row>,
  id: string,
): number {
  const [left, right] = [a.getValue<Sortable>(id), b.getValue<Sortable>(id)];
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? -1 : 1;
  if (typeof left === "string" && typeof right === "string") return left.localeCompare(right, "en", { numeric: true });
  return left < right ? -1 : left > right ? 1 : 0;
}

export function RowTable<Row extends object>(facts: RowTableFacts<Row>) {
  const { label, rows, columns: all, keyOf, empty, isMarked, canCopy = true } = facts;
  const columns = useMemo(() => all.filter(({ isCopiedOnly }) => isCopiedOnly !== true), [all]);
  const { sorted, ordered, toggle } = useSortedRows({ label, rows, columns, keyOf });
  const hasFoot = columns.some((column) => column.total !== undefined);
  const [shown, more] = useShownRows(ordered.length, "rows");
  const frame = useRef<HTMLDivElement>(null);
  useKeptFocus(frame);
  const csv = () => {
    const copied = all.filter(({ isOfActions }) => isOfActions !== true);
    const lines = ordered.map(({ original }) => copied.map((column) => column.csv(original)));
    return toCsv([copied.map(({ head }) => head), ...lines]);
  };
  if (rows.length === 0) return <div className={styles.empty}>{empty}</div>;
  return (
    <div className={styles.frame}>
      <div ref={frame} className={styles.scroll} tabIndex={0} role="region" aria-label={`${label}, table`}>
        <table className={styles.table}>
          <caption className="unseen">{label}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.id} scope="col" className={cellClass(column)} aria-sort={ariaSort(sorted, column.id)}>
                  <Head column={column} direction={ariaSort(sorted, column.id)} onSort={() => toggle(column.id)} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, shown).map(({ id, original }) => (
              <tr key={id} className={isMarked?.(original) === true ? styles.marked : undefined}>
                <Cells row={original} columns={columns} />
              </tr>
            ))}
          </tbody>
          {hasFoot && <Foot columns={columns} />}
        </table>
      </div>
      {more}
      {canCopy && (
        <div className={styles.tools}>
          <CopyButton text={csv}>Copy as CSV</CopyButton>
        </div>
      )}
    </div>
  );
}

type SortedFacts<Row> = Pick<RowTableFacts<Row>, "label" | "rows" | "columns" | "keyOf">;

function useSortedRows<Row extends object>({ label, rows, columns, keyOf }: SortedFacts<Row>) {
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return columns.map((column) =>
      helper.accessor((row): unknown => column.value?.(row), {
        id: column.id,
        enableSorting: column.value !== undefined,
        sortFn: compareRows,
        sortDescFirst: column.align === "end",
      }),
    );
  }, [columns]);
  const [sorting, setSorting] = useSorting(label, columns);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: keyOf,
    state: { sorting },
    onSortingChange: setSorting,
  });
  const toggle = (column: string) => table.getColumn(column)?.toggleSorting();
  return { sorted: sorting[0], ordered: table.getRowModel().rows, toggle };
}

type SortingChange = SortingState | ((before: SortingState) => SortingState);

/** In the URL, so that a link shows to others what its sender saw. A column that the table does not have sorts nothing. */
function useSorting<Row>(label: string, columns: readonly Column<Row>[]) {
  const address = useAddress();
  const change = useChangeAddress();
  const said = address.page.sorted;
  const sorting = useMemo((): SortingState => {
    const found = readSorting(said, label);
    const column = columns.find(({ id, value }) => id === found?.column && value !== undefined);
    return found === undefined || column === undefined ? [] : [{ id: column.id, desc: found.isDescending }];
  }, [said, label, columns]);
  const setSorting = (next: SortingChange) => {
    const [first] = typeof next === "function" ? next(sorting) : next;
    const wanted = first === undefined ? undefined : { column: first.id, isDescending: first.desc };
    const page = { ...address.page, sorted: writeSorting(said, label, wanted) };
    change({ ...address, page }, { replace: true });
  };
  return [sorting, setSorting] as const;
}

function Cells<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  return columns.map((column) => (
    <td key={column.id} className={cellClass(column)}>
      {column.cell(row)}
    </td>
  ));
}

interface HeadFacts<Row> {
  readonly column: Column<Row>;
  readonly direction: "ascending" | "descending" | undefined;
  readonly onSort: () => void;
}

function Head<Row>({ column, direction, onSort }: HeadFacts<Row>) {
  if (column.isOfActions === true) return <span className="unseen">{column.head}</span>;
  if (column.value === undefined) return column.head;
  return (
    <button type="button" className={styles.sort} onClick={onSort}>
      {column.head}
      <span className={styles.arrow} aria-hidden="true">
        {direction === "ascending" ? "↑" : direction === "descending" ? "↓" : ""}
      </span>
    </button>
  );
}

function Foot<Row>({ columns }: { columns: readonly Column<Row>[] }) {
  return (
    <tfoot>
      <tr>
        {columns.map((column) => (
          <td key={column.id} className={cellClass(column)}>
            {column.total}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}

function ariaSort(sorting: { id: string; desc: boolean } | undefined, id: string) {
  if (sorting?.id !== id) return undefined;
  return sorting.desc ? "descending" : "ascending";
}

function cellClass<Row>({ align = "start", isExtra, isSpare, isWide }: Column<Row>): string {
  const also = [isExtra === true && styles.extra, isSpare === true && styles.spare, isWide === true && styles.wide];
  return [styles[align], ...also.filter((name) => typeof name === "string")].join(" ");
}
