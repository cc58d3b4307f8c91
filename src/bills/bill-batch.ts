import { type Bill, type BillKind, type BillsBooked, packRows } from "#events";
import { type Id, type Instant } from "#units";

/** Lines of some hundred kilobytes: the office answers pages between two of them. */
const BILLS_MAX = 2048;
const ROW_BYTES_MAX = 1024 * 1024;
/** The rate stands with what it converted, behind the last column. */
const RATE = "x_TareExchangeRate";

export interface BilledRow extends Pick<Bill, "bill" | "content" | "incurredAt" | "nanos" | "remainder"> {
  readonly kind: BillKind;
  readonly rate: string | undefined;
  /** Values in the order of the file's columns, as a JSON array. */
  readonly said: string;
}

/** Gathers new bills of one file for one line of the journal. */
export class BillBatch {
  readonly #names: readonly string[];
  #rows: BilledRow[] = [];
  #bytes = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  get isFull(): boolean {
    return this.#rows.length >= BILLS_MAX || this.#bytes >= ROW_BYTES_MAX;
  }

  add(row: BilledRow): void {
    this.#rows.push(row);
    this.#bytes += row.said.length;
  }

  /** What was gathered, and is empty again. */
  take({
    at,
    batch,
    origin,
  }: {
    readonly at: Instant;
    readonly batch: Id<"batch">;
    readonly origin: string;
  }): BillsBooked {
    const rows = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    const kinds = new Map<BillKind, number>();
    const places = rows.map(({ kind }) => {
      const place = kinds.get(kind) ?? kinds.size;
      kinds.set(kind, place);
      return place;
    });
    return {
      type: "bills-booked",
      at,
      batch,
      source: "focus",
      origin,
      kinds: [...kinds.keys()],
      columns: {
        bill: rows.map(({ bill }) => bill),
        content: rows.map(({ content }) => content),
        incurredAt: rows.map(({ incurredAt }) => incurredAt),
        kind: places,
        nanos: rows.map(({ nanos }) => nanos),
        remainder: rows.map(({ remainder }) => remainder),
      },
      rows: packRows(
        rows.some(({ rate }) => rate !== undefined)
          ? { names: [...this.#names, RATE], rows: rows.map(({ said, rate }) => withRate(said, rate)) }
          : { names: this.#names, rows: rows.map(({ said }) => said) },
      ),
    };
  }
}

function withRate(said: string, rate: string | undefined): string {
  return `${said.slice(0, -1)},${JSON.stringify(rate ?? null)}]`;
}

/** What a charge says as a bill that is corrected keeps it. */
export function rowText({
  names,
  said,
  rate,
}: Pick<BilledRow, "said" | "rate"> & { readonly names: readonly string[] }): string {
  const values: unknown = JSON.parse(withRate(said, rate));
  const texts: readonly unknown[] = Array.isArray(values) ? values : [];
  const pairs = [...names, RATE].flatMap((name, index) => {
    const text = texts[index];
    return typeof text === "string" ? [`${JSON.stringify(name)}:${JSON.stringify(text)}`] : [];
  });
  return `{${pairs.join(",")}}`;
}
