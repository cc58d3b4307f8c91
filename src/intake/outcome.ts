import { fit } from "./said.ts";
import { type Span } from "./span.ts";
import { type StepFacts, type ToldOutcome } from "./step-facts.ts";
import { toMoney } from "./to-money.ts";
import { ownNames } from "./wanted.ts";

/** The result that a span tells of by attributes `tare.outcome…`; its id is the span's where it gives none. */
export function outcomeOfSpan({ trace, span, attributes }: Span, { startedAt }: StepFacts): ToldOutcome | undefined {
  const name = attributes.get(ownNames.outcome);
  if (typeof name !== "string" || name === "") return undefined;
  const id = attributes.get(ownNames.outcomeId);
  return {
    outcome: typeof id === "string" && id !== "" ? fit(id) : `${trace}/${span}`,
    name: fit(name),
    isSuccess: isTrue(attributes.get(ownNames.outcomeSuccess)),
    value: toMoney(attributes.get(ownNames.outcomeValue)),
    happenedAt: startedAt,
  };
}

/** As programs write it that make text of their own truth: Python says `False`. */
const FAILURE_WORDS: ReadonlySet<string> = new Set(["false", "0", "no"]);

/** A result that nobody calls a failure is a success. */
function isTrue(value: unknown): boolean {
  if (typeof value === "string") return !FAILURE_WORDS.has(value.trim().toLowerCase());
  return value !== false && value !== 0;
}
