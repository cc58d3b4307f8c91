import { type Bill, type BillKind, type BillsBooked, objectOf, RowPacker, type SaidRow } from "#events";
import { valuesOf, withValue } from "#events";
import { type Id, type Instant, type Money } from "#units";
import { type Decimal } from "./exact-decimal.ts";

/**
 * Lines of some hundred kilobytes: the office answers pages between two of them. Each says its kinds anew, hundreds in some
 * files, so that lines of a quarter of it took a third more of the main thread.
 */
const BILLS_MAX = 2048;
const ROW_BYTES_MAX = 1024 * 1024;
/** The rate stands with what it converted, behind the last column. */
const RATE = "x_TareExchangeRate";

export interface BilledRow extends Pick<Bill, "bill" | "content" | "incurredAt" | "nanos" | "remainder"> {
  readonly kind: BillKind;
  readonly rate: string | undefined;
  /** The remainder as a number. */
  readonly rest: Decimal | undefined;
  /** Values in the order of the file's columns. */
  readonly said: SaidRow;
}

class Columns {
  readonly bill: Id<"bill">[] = [];
  readonly content: string[] = [];
  readonly incurredAt: Instant[] = [];
  readonly kind: number[] = [];
  readonly nanos: Money[] = [];
  readonly remainder: (string | undefined)[] = [];
}

/** Gathers new bills of one file for one line of the journal. */
export class BillBatch {
  readonly #packer: RowPacker;
  #kinds = new Map<BillKind, number>();
  #columns = new Columns();

  /** `names` are those of the file's columns. */
  constructor(names: readonly string[], format: "csv" | "parquet") {
    this.#packer = new RowPacker([...names, RATE], format === "csv" ? "csv" : "json");
  }

  get isEmpty(): boolean {
    return this.#columns.bill.length === 0;
  }

  get isFull(): boolean {
    return this.#columns.bill.length >= BILLS_MAX || this.#packer.bytes >= ROW_BYTES_MAX;
  }

  add({ bill, content, incurredAt, kind, nanos, remainder, said, rate }: BilledRow): void {
    const place = this.#kinds.get(kind) ?? this.#kinds.size;
    this.#kinds.set(kind, place);
    const columns = this.#columns;
    columns.bill.push(bill);
    columns.content.push(content);
    columns.incurredAt.push(incurredAt);
    columns.kind.push(place);
    columns.nanos.push(nanos);
    columns.remainder.push(remainder);
    // A value that is not there says the same as null.
    this.#packer.add(rate === undefined ? said : withValue(said, rate));
  }

  /** What was gathered, and is empty again. */
  take(booked: Pick<BillsBooked, "at" | "batch" | "origin">): BillsBooked {
    const [kinds, columns] = [[...this.#kinds.keys()], this.#columns];
    this.#kinds = new Map();
    this.#columns = new Columns();
    return { type: "bills-booked", ...booked, source: "focus", kinds, columns, rows: this.#packer.pack() };
  }
}

/** What a charge says, as a bill that is corrected keeps it. */
export function rowText({
  names,
  said,
  rate,
}: Pick<BilledRow, "said" | "rate"> & { readonly names: readonly string[] }): string {
  return objectOf([...names, RATE], [...valuesOf(said), rate]);
}
