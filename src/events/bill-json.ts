/** Bills as JSON; see `encodeEvent` and `decodeEvent`. */
import { type Bill, type BillColumns, type BillEvent, type BillKind, type BillsBooked } from "./bill-event.ts";
import { billSources, layers } from "./bill-event.ts";
import {
  attributionFrom,
  countOf,
  idFrom,
  idOf,
  instantFrom,
  instantOf,
  type Json,
  listOf,
  maybeText,
  moneyFrom,
  moneyOf,
  oneOf,
  placeFrom,
  recordFrom,
  textFrom,
  textOf,
} from "./event-fields.ts";

/** The same with money as decimal strings. */
export function plainBillEvent(event: BillEvent): object {
  if (event.type === "bill-booked") return { ...event, bill: plainBill(event.bill) };
  if (event.type === "bills-booked") return { ...event, columns: plainColumns(event.columns) };
  const { before, after } = event;
  return {
    ...event,
    before: before === undefined ? undefined : plainBill(before),
    after: after === undefined ? undefined : plainBill(after),
  };
}

function plainBill(bill: Bill) {
  return { ...bill, nanos: bill.nanos.toString() };
}

/** Absent in a list of JSON is null. */
function plainColumns(columns: BillColumns) {
  return { ...columns, nanos: columns.nanos.map(String), remainder: columns.remainder.map((text) => text ?? null) };
}

/** Undefined when the name is none of theirs. */
export function billEventFrom(type: string, json: Json): BillEvent | undefined {
  switch (type) {
    case "bill-booked":
      return { type, at: instantOf(json, "at"), bill: billFrom(recordFrom(json["bill"], "bill")) };
    case "bills-booked":
      return manyFrom(json);
    case "bill-corrected":
      return {
        type,
        at: instantOf(json, "at"),
        number: countOf(json, "number"),
        before: maybeBill(json, "before"),
        after: maybeBill(json, "after"),
        reason: textOf(json, "reason"),
      };
    default:
      return undefined;
  }
}

function maybeBill(json: Json, field: string): Bill | undefined {
  return json[field] === undefined ? undefined : billFrom(recordFrom(json[field], field));
}

function billFrom(json: Json): Bill {
  return {
    bill: idOf(json, "bill", "bill"),
    content: textOf(json, "content"),
    source: oneOf(json, "source", billSources),
    origin: textOf(json, "origin"),
    incurredAt: instantOf(json, "incurredAt"),
    ...kindFrom(json),
    nanos: moneyOf(json, "nanos"),
    remainder: maybeText(json, "remainder"),
    row: textOf(json, "row"),
  };
}

function kindFrom(json: Json): BillKind {
  return {
    provider: textOf(json, "provider"),
    service: textOf(json, "service"),
    charge: textOf(json, "charge"),
    sku: maybeText(json, "sku"),
    region: maybeText(json, "region"),
    layer: oneOf(json, "layer", layers),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
  };
}

function manyFrom(json: Json): BillsBooked {
  const kinds = listOf(json, "kinds", undefined).map((kind) => kindFrom(recordFrom(kind, "kinds")));
  return {
    type: "bills-booked",
    at: instantOf(json, "at"),
    batch: idOf(json, "batch", "batch"),
    source: oneOf(json, "source", billSources),
    origin: textOf(json, "origin"),
    kinds,
    columns: columnsFrom(recordFrom(json["columns"], "columns"), kinds.length),
    rows: textOf(json, "rows"),
  };
}

function columnsFrom(json: Json, kinds: number): BillColumns {
  const bill = listOf(json, "bill", undefined).map((value) => idFrom(value, "bill", "bill"));
  const bills = bill.length;
  return {
    bill,
    content: listOf(json, "content", bills).map((value) => textFrom(value, "content")),
    incurredAt: listOf(json, "incurredAt", bills).map((value) => instantFrom(value, "incurredAt")),
    kind: listOf(json, "kind", bills).map((value) => placeFrom(value, "kind", kinds)),
    nanos: listOf(json, "nanos", bills).map((value) => moneyFrom(value, "nanos")),
    remainder: listOf(json, "remainder", bills).map((value) =>
      value === null ? undefined : textFrom(value, "remainder"),
    ),
  };
}
