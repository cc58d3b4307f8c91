import { type Dimension, type Outcome } from "#events";
import { fit } from "./said.ts";
import { type Span } from "./span.ts";
import { type Sender, type StepFacts } from "./step-facts.ts";
import { toMoney } from "./to-money.ts";
import { ownNames } from "./wanted.ts";

const NOBODY = "(none)";

/** The result that a span tells of by attributes `tare.outcome…`; its id is the span's where it gives none. */
export function outcomeOfSpan(
  { trace, span, attributes }: Span,
  { facts, sender }: { readonly facts: StepFacts; readonly sender: Sender },
): Outcome | undefined {
  const name = attributes.get(ownNames.outcome);
  if (typeof name !== "string" || name === "") return undefined;
  const id = attributes.get(ownNames.outcomeId);
  return {
    outcome: typeof id === "string" && id !== "" ? fit(id) : `${trace}/${span}`,
    name: fit(name),
    isSuccess: isTrue(attributes.get(ownNames.outcomeSuccess)),
    value: toMoney(attributes.get(ownNames.outcomeValue)),
    happenedAt: facts.startedAt,
    attribution: {
      tenant: sender.tenant,
      interaction: facts.interaction ?? facts.interactionOfProgram ?? trace,
      ...whoFor(facts, sender),
      tags: facts.tags,
      claimed: {},
    },
  };
}

function whoFor({ said }: StepFacts, { pins }: Sender): Readonly<Record<Dimension, string>> {
  const of = (name: Dimension) => pins[name] ?? said.itself[name] ?? said.dialect[name] ?? said.program[name] ?? NOBODY;
  return {
    feature: of("feature"),
    team: of("team"),
    customer: of("customer"),
    user: of("user"),
    environment: of("environment"),
    session: of("session"),
  };
}

/** As programs write it that make text of their own truth: Python says `False`. */
const FAILURE_WORDS: ReadonlySet<string> = new Set(["false", "0", "no"]);

/** A result that nobody calls a failure is a success. */
function isTrue(value: unknown): boolean {
  if (typeof value === "string") return !FAILURE_WORDS.has(value.trim().toLowerCase());
  return value !== false && value !== 0;
}
