/** Bills as JSON; see `encodeEvent` and `decodeEvent`. */
import { type Bill, type BillEvent, billSources, layers } from "./bill-event.ts";
import {
  attributionFrom,
  countOf,
  idOf,
  instantOf,
  type Json,
  maybeText,
  moneyOf,
  oneOf,
  recordFrom,
  textOf,
} from "./event-fields.ts";

/** The same with money as decimal strings. */
export function plainBillEvent(event: BillEvent): object {
  if (event.type === "bill-booked") return { ...event, bill: plainBill(event.bill) };
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

/** Undefined when the name is none of theirs. */
export function billEventFrom(type: string, json: Json): BillEvent | undefined {
  switch (type) {
    case "bill-booked":
      return { type, at: instantOf(json, "at"), bill: billFrom(recordFrom(json["bill"], "bill")) };
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
    provider: textOf(json, "provider"),
    service: textOf(json, "service"),
    charge: textOf(json, "charge"),
    sku: maybeText(json, "sku"),
    region: maybeText(json, "region"),
    layer: oneOf(json, "layer", layers),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    nanos: moneyOf(json, "nanos"),
    remainder: maybeText(json, "remainder"),
    row: textOf(json, "row"),
  };
}
