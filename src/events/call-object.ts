/** Lines of calls as segments of format 1 and 2 have them, for tests: they are read for ever and written no more. */
import { type Bound, type Cost } from "#inference";
import { type CallLine } from "./call-line.ts";

/** A JSON object in which absent fields are left out. */
export function encodeCallObject(event: CallLine): string {
  switch (event.type) {
    case "attempt-dispatched":
      return JSON.stringify({ ...event, bound: plainAmount(event.bound) });
    case "answer-recalled":
      return JSON.stringify({ ...event, avoided: event.avoided?.toString() });
    default:
      return JSON.stringify({
        ...event,
        cost: plainAmount(event.cost),
        components: event.components.map((component) => ({ ...component, nanos: component.nanos.toString() })),
        residual: event.residual.toString(),
      });
  }
}

function plainAmount(amount: Cost | Bound) {
  return "nanos" in amount ? { ...amount, nanos: amount.nanos.toString() } : amount;
}
