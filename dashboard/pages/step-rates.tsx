/** What work costs that no model provider prices, and which work was done: beside the price book, as `step_rates` have it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { NewStep, StepRateRow, UnitRow, UnitRows } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { stepRatesQuery } from "../api/questions.ts";
import { unitCostsQuery } from "../api/unit-questions.ts";
import { Answered } from "../elements/answered.tsx";
import { countColumn, moneyColumn, textColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatDate } from "../format/moment.ts";
import { formatRate } from "../format/rate.ts";
import { isNamed, say } from "../format/words.ts";

const USED_WITHIN_MS = 30 * 86_400_000;

type RatedKind = Exclude<NewStep["kind"], "model" | "group">;

/** Kinds that rates of steps price; a model's answer is priced by the book. Of the contract only the types come to the browser. */
const rated: Readonly<Record<RatedKind, true>> = {
  embedding: true,
  rerank: true,
  retrieval: true,
  tool: true,
  guard: true,
  judge: true,
  review: true,
  cache: true,
  custom: true,
  compute: true,
  idle: true,
  pipeline: true,
  storage: true,
  compliance: true,
  engineering: true,
  edge: true,
};
const ratedKinds = Object.keys(rated);

export function StepRatesPart() {
  const { client } = useConnection();
  const query = useQuery(stepRatesQuery(client));
  return (
    <>
      <Answered query={query}>
        {({ step_rates: rates }) => (rates.length === 0 ? <NoRates /> : <StepRateTable rates={rates} />)}
      </Answered>
      <UsedSteps />
    </>
  );
}

/** Said of an empty ledger too: rates come from tare.yaml, and not from calls. */
function NoRates() {
  return (
    <p>
      No step has a rate yet. Give tools, retrieval, reviews and other work one under <code>step_rates</code> in{" "}
      <code>tare.yaml</code>, or let the steps state their cost.
    </p>
  );
}

/** Nothing where there are none. */
export function StepRateTable({ rates }: { rates: readonly StepRateRow[] }) {
  const { currency } = useConnection().status;
  const columns = useMemo(() => rateColumns(currency), [currency]);
  if (rates.length === 0) return null;
  return (
    <Section title="Rates of steps" note="What no model provider prices, from step_rates in tare.yaml">
      <RowTable
        label="Rates of steps"
        rows={rates}
        columns={columns}
        keyOf={(rate) => `${rate.row} ${rate.valid_from ?? ""}`}
        empty=""
      />
    </Section>
  );
}

function rateColumns(currency: string): readonly Column<StepRateRow>[] {
  return [
    {
      id: "steps",
      head: "Steps",
      isWide: true,
      value: nameOf,
      cell: (rate) => <ToSteps {...filterOf(rate)}>{nameOf(rate)}</ToSteps>,
      csv: nameOf,
    },
    {
      id: "rate",
      head: "Rate",
      align: "end",
      value: ({ rate }) => Number(rate),
      cell: ({ rate }) => formatRate(rate, currency),
      csv: ({ rate }) => rate,
    },
    textColumn({ id: "per", head: "Per", of: ({ per }) => unitNames[per] }),
    textColumn({ id: "valid", head: "Valid", of: validity, isExtra: true }),
    textColumn({ id: "source", head: "Source", of: ({ source }) => source, isWide: true, isExtra: true }),
  ];
}

const unitNames: { readonly [Unit in StepRateRow["per"]]: string } = {
  call: "call",
  second: "second",
  gb_day: "GB · day",
  "1k_vectors": "1,000 vectors",
  gpu_second: "GPU second",
  person_minute: "minute of a person",
};

function nameOf({ kind, name }: StepRateRow): string {
  if (name === undefined) return say(kind ?? "");
  return kind === undefined ? name : `${name} (${say(kind)})`;
}

/** What begins with something is no single name, so that the kind alone is filtered by, if any. */
function filterOf({ kind, name }: StepRateRow): StepFilter {
  return { kind, step: name === undefined || name.endsWith("*") ? undefined : name };
}

function validity({ valid_from: from, valid_to: to }: StepRateRow): string {
  if (from !== undefined && to !== undefined) return `${formatDate(from)} to ${formatDate(to)}`;
  if (from !== undefined) return `since ${formatDate(from)}`;
  return to === undefined ? "always" : `until ${formatDate(to)}`;
}

interface StepFilter {
  readonly kind: string | undefined;
  readonly step: string | undefined;
}

/** To the interactions that have such steps, which open down to their entries. */
function ToSteps({ kind, step, children }: StepFilter & { readonly children: string }) {
  if (kind === undefined && step === undefined) return children;
  const filters = {
    ...(kind === undefined ? {} : { kind: [kind] }),
    ...(step === undefined ? {} : { step: [step] }),
  };
  return (
    <Go
      to={{ page: "interactions" }}
      narrow={(address) => ({ ...address, range: { type: "last", preset: "30d" }, filters })}
    >
      {children}
    </Go>
  );
}

/** Those without a price come first, and steps that took place without the gateway alone: its calls have no name. */
function UsedSteps() {
  const { client, status, now } = useConnection();
  const [to] = useState(now);
  const query = useQuery(
    unitCostsQuery(client, {
      from: to - USED_WITHIN_MS,
      to,
      timezone: status.timezone,
      by: ["kind", "step"],
      filters: { kind: ratedKinds },
      sort: "unpriced",
    }),
  );
  return <Answered query={query}>{(units) => <UsedTable units={units} />}</Answered>;
}

function UsedTable({ units: { rows, is_cut: isCut } }: { units: UnitRows }) {
  const shown = useMemo(() => stepsOf(rows), [rows]);
  if (shown.length === 0) return null;
  const unpriced = shown.filter((row) => row.unpriced > 0).length;
  const note = [
    "In the last 30 days, those without a price first",
    isCut ? "; there are more names than these" : "",
  ].join("");
  return (
    <Section title="Steps by name" note={note}>
      {unpriced > 0 && (
        <p>
          What nothing prices counts as nothing in every sum. Give it a rate under <code>step_rates</code> in{" "}
          <code>tare.yaml</code>, or let the step state its cost.
        </p>
      )}
      <RowTable
        label="Steps by name"
        rows={shown}
        columns={stepColumns}
        keyOf={({ dimensions: { kind = "", step = "" } }) => `${kind} ${step}`}
        empty=""
      />
    </Section>
  );
}

function stepsOf(rows: readonly UnitRow[]): readonly UnitRow[] {
  return rows.filter(({ steps, dimensions: { step = "" } }) => steps > 0 && isNamed(step));
}

const stepColumns: readonly Column<UnitRow>[] = [
  {
    id: "name",
    head: "Step",
    isWide: true,
    value: ({ dimensions }) => dimensions["step"] ?? "",
    cell: ({ dimensions: { kind, step } }) => (
      <ToSteps kind={kind} step={step}>
        {step ?? ""}
      </ToSteps>
    ),
    csv: ({ dimensions }) => dimensions["step"] ?? "",
  },
  textColumn({ id: "kind", head: "Kind", of: ({ dimensions }) => say(dimensions["kind"] ?? ""), isExtra: true }),
  countColumn({ id: "steps", head: "Steps", of: ({ steps }) => steps }),
  countColumn({ id: "unpriced", head: "Unpriced", of: ({ unpriced }) => unpriced }),
  moneyColumn({ id: "gross", head: "Cost", of: costOf }),
];

/** Where nothing of it has a price, its sum is not known. */
function costOf({ gross_nanos: gross, unpriced, steps }: UnitRow): string | undefined {
  return unpriced >= steps && BigInt(gross) === 0n ? undefined : gross;
}
