import { type Instant } from "#units";
import { type JsonObject } from "./json.ts";
import { type PlannedUse } from "./plan-uses.ts";
import { json, type PlannedCall } from "./planned-call.ts";
import { type PlannedStep } from "./planned-step.ts";

/** A step that was made, and when. */
export interface MadeStep {
  readonly step: PlannedStep;
  readonly from: Instant;
  readonly to: Instant;
}

export interface MadeUse {
  readonly from: Instant;
  readonly to: Instant;
  readonly steps: readonly MadeStep[];
  /** Every call was answered, so that something can have come of it. */
  readonly isWhole: boolean;
}

const HEADER = "x-tare-";

/** What an application with OpenTelemetry tells of one use: a span around it, and one for each step of its own. */
export function toldUse(use: PlannedUse, { from, to, steps, isWhole }: MadeUse): PlannedCall {
  const { traceId, spanId, childIds } = use.trace;
  const about = Object.entries(use.attribution).flatMap(([name, value]) =>
    name.startsWith(HEADER) ? attributionOf(name.slice(HEADER.length), value) : [],
  );
  const root = {
    traceId,
    spanId,
    name: use.feature,
    ...times(from, to),
    attributes: attributes({ ...Object.fromEntries(about), "tare.kind": "group", ...(isWhole ? use.outcome : {}) }),
  };
  const children = steps.map(({ step, ...made }, place) => ({
    traceId,
    spanId: childIds[place],
    parentSpanId: spanId,
    name: step.name,
    ...times(made.from, made.to),
    attributes: attributes({
      "tare.kind": step.kind,
      "tare.vectors": step.vectors,
      "tare.person_minutes": step.personMinutes,
    }),
  }));
  return json("/v1/traces", { resourceSpans: [{ scopeSpans: [{ spans: [root, ...children] }] }] });
}

/** `tags` has several in one header. */
function attributionOf(name: string, value: string): readonly (readonly [string, string])[] {
  if (name !== "tags") return [[`tare.${name}`, value]];
  return value.split(",").map((tag) => {
    const [key = "", said = ""] = tag.split("=");
    return [`tare.tag.${key}`, said] as const;
  });
}

function times(from: Instant, to: Instant): JsonObject {
  return { startTimeUnixNano: `${from}000000`, endTimeUnixNano: `${to}000000` };
}

function attributes(told: Readonly<Record<string, string | number | undefined>>): readonly JsonObject[] {
  return Object.entries(told).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { doubleValue: value } : { stringValue: value } }];
  });
}
