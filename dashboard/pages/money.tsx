import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { MoneyFlow } from "#contract";
import { sayMonth } from "../address/month.ts";
import { moneyFlowQuery } from "../api/allocation-questions.ts";
import { useConnection } from "../api/connection.tsx";
import { FlowPicture } from "../charts/flow-picture.tsx";
import { Answered } from "../elements/answered.tsx";
import { moneyColumn } from "../elements/columns.tsx";
import { Go } from "../elements/go.tsx";
import { MonthChoice, useMonth } from "../elements/month-choice.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Choice, Section } from "../elements/section.tsx";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { sayValue } from "../format/words.ts";

const steps = [
  ["source", "To layers"],
  ["layer", "To features"],
  ["feature", "To outcomes"],
] as const;
type Step = (typeof steps)[number][0];
type Link = MoneyFlow["links"][number];

/** Where did the money of this month go, from who was paid to what came of it? */
export function MoneyPage() {
  const { client, money } = useConnection();
  const month = useMonth();
  const query = useQuery(moneyFlowQuery(client, month));
  return (
    <PageFrame
      title="Where the money goes"
      isRanged={false}
      note="From who was paid, to what it was for, to what came of it. Shared costs are where the rules put them."
      tools={<MonthChoice place={{ page: "money" }} />}
    >
      <Answered query={query}>
        {(flow) =>
          flow.links.length === 0 ? (
            <p>Nothing was booked in {sayMonth(flow.month)}.</p>
          ) : (
            <>
              <Section title={`${money(flow.total_nanos)} in ${sayMonth(flow.month)}`} note={<Credits flow={flow} />}>
                <FlowPicture links={flow.links} />
              </Section>
              <FlowTable flow={flow} />
            </>
          )
        }
      </Answered>
    </PageFrame>
  );
}

/** A picture of widths cannot show what is less than nothing. */
function Credits({ flow }: { flow: MoneyFlow }) {
  const { money } = useConnection();
  const credits = flow.links
    .filter(({ from }) => from.stage === "source")
    .map(({ nanos }) => BigInt(nanos))
    .filter((nanos) => nanos < 0n);
  if (credits.length === 0) return "Every stage adds up to the same";
  return `Credits of ${money(credits.reduce((sum, nanos) => sum + nanos, 0n))} stand in the table only`;
}

function FlowTable({ flow }: { flow: MoneyFlow }) {
  const address = useAddress();
  const change = useChangeAddress();
  const step = steps.find(([name]) => name === address.page.state)?.[0] ?? "source";
  const rows = useMemo(() => flow.links.filter(({ from }) => from.stage === step), [flow, step]);
  const columns = useMemo(() => linkColumns(flow, step), [flow, step]);
  const tools = (
    <Choice
      label="Which step"
      options={steps}
      chosen={step}
      onChoose={(name) => change({ ...address, page: { ...address.page, state: name } })}
    />
  );
  return (
    <Section title="The same as a table" tools={tools}>
      <RowTable
        label={steps.find(([name]) => name === step)?.[1] ?? ""}
        rows={rows}
        columns={columns}
        keyOf={({ from, to }: Link) => JSON.stringify([from.name, to.name])}
        empty=""
      />
    </Section>
  );
}

const heads = { source: "Paid to", layer: "Layer", feature: "Feature", outcome: "Outcome" } as const;
const after = { source: "layer", layer: "feature", feature: "outcome" } as const;

function linkColumns({ month, total_nanos: total }: MoneyFlow, step: Step): readonly Column<Link>[] {
  const end = (side: "from" | "to", head: string): Column<Link> => ({
    id: side,
    head,
    value: (link) => link[side].name,
    cell: (link) => <End of={link[side]} month={month} />,
    csv: (link) => link[side].name,
    ...(side === "from" ? { total: "Total" } : {}),
  });
  return [
    end("from", heads[step]),
    end("to", heads[after[step]]),
    moneyColumn({ id: "nanos", head: "Amount", of: ({ nanos }) => nanos, total }),
  ];
}

function End({ of: { stage, name }, month }: { of: Link["from"]; month: string }) {
  if (stage !== "feature") return sayValue(stage, name);
  return (
    <Go to={{ page: "statement", name }} fields={{ month, by: "feature" }}>
      {sayValue(stage, name)}
    </Go>
  );
}
