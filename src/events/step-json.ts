/** Steps and outcomes as JSON; see `encodeEvent` and `decodeEvent`. */
import { type Component, type Cost } from "#inference";
import {
  attributionFrom,
  componentsFrom,
  costFrom,
  countOf,
  flagOf,
  idOf,
  instantOf,
  type Json,
  maybeNumber,
  maybeText,
  moneyOf,
  recordFrom,
  textOf,
  usageFrom,
} from "./event-fields.ts";
import { type Outcome, type OutcomeCorrected, type Step, type StepCorrected, type StepEvent } from "./step-event.ts";
import { plainSteps, stepsFrom, workFrom } from "./steps-json.ts";

/** The same with money as decimal strings. */
export function plainStepEvent(event: StepEvent): object {
  switch (event.type) {
    case "step-recorded":
      return { ...event, step: plainStep(event.step) };
    case "steps-recorded":
      return plainSteps(event);
    case "step-corrected":
      return { ...event, before: plainStep(event.before), after: plainStep(event.after) };
    case "outcome-recorded":
      return { ...event, outcome: plainOutcome(event.outcome) };
    default:
      return {
        ...event,
        before: plainOutcome(event.before),
        after: event.after === undefined ? undefined : plainOutcome(event.after),
      };
  }
}

function plainStep({ cost, components, ...step }: Step) {
  return { ...step, cost: plainCost(cost), components: components.map(plainComponent) };
}

function plainCost(cost: Cost) {
  return cost.type === "unpriced" ? cost : { ...cost, nanos: cost.nanos.toString() };
}

function plainComponent(component: Component) {
  return { ...component, nanos: component.nanos.toString() };
}

function plainOutcome(outcome: Outcome) {
  return { ...outcome, value: outcome.value?.toString() };
}

/** Undefined when the name is none of theirs. */
export function stepEventFrom(type: string, json: Json): StepEvent | undefined {
  switch (type) {
    case "step-recorded":
      return { type, at: instantOf(json, "at"), step: stepFrom(recordFrom(json["step"], "step")) };
    case "steps-recorded":
      return stepsFrom(json);
    case "step-corrected":
      return correctedFrom(json);
    case "outcome-recorded":
      return { type, at: instantOf(json, "at"), outcome: outcomeFrom(recordFrom(json["outcome"], "outcome")) };
    case "outcome-corrected":
      return outcomeCorrectedFrom(json);
    default:
      return undefined;
  }
}

function correctedFrom(json: Json): StepCorrected {
  return {
    type: "step-corrected",
    at: instantOf(json, "at"),
    number: countOf(json, "number"),
    before: stepFrom(recordFrom(json["before"], "before")),
    after: stepFrom(recordFrom(json["after"], "after")),
    reason: textOf(json, "reason"),
  };
}

function outcomeCorrectedFrom(json: Json): OutcomeCorrected {
  return {
    type: "outcome-corrected",
    at: instantOf(json, "at"),
    number: countOf(json, "number"),
    before: outcomeFrom(recordFrom(json["before"], "before")),
    after: json["after"] === undefined ? undefined : outcomeFrom(recordFrom(json["after"], "after")),
  };
}

function stepFrom(json: Json): Step {
  return {
    step: idOf(json, "step", "step"),
    parent: json["parent"] === undefined ? undefined : idOf(json, "parent", "step"),
    ...workFrom(json),
    startedAt: instantOf(json, "startedAt"),
    durationMs: maybeNumber(json, "durationMs"),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
    upstreamId: maybeText(json, "upstreamId"),
    usage: json["usage"] === undefined ? undefined : usageFrom(recordFrom(json["usage"], "usage")),
    reported: maybeText(json, "reported"),
    cost: costFrom(recordFrom(json["cost"], "cost")),
    components: componentsFrom(json["components"]),
  };
}

function outcomeFrom(json: Json): Outcome {
  return {
    outcome: textOf(json, "outcome"),
    name: textOf(json, "name"),
    isSuccess: flagOf(json, "isSuccess"),
    value: json["value"] === undefined ? undefined : moneyOf(json, "value"),
    happenedAt: instantOf(json, "happenedAt"),
    attribution: attributionFrom(recordFrom(json["attribution"], "attribution")),
  };
}
