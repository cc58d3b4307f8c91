import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { type Breakdown, breakdownQuery } from "../api/overview.ts";
import { spendSteps } from "../charts/spend-steps.ts";
import { Answered } from "../elements/answered.tsx";
import { breakdownLinks } from "../elements/breakdown-links.tsx";
import { BreakdownTable } from "../elements/breakdown-table.tsx";
import { FirstCall } from "../elements/first-call.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { Columns } from "../elements/section.tsx";
import { SpendFigure } from "../elements/spend-figure.tsx";
import { TagBreakdown } from "../elements/tag-breakdown.tsx";
import { Totals } from "../elements/totals.tsx";

const by = ["feature", "model", "team", "layer"];

/** Where did the money go, net and tare, against the period before? */
export function OverviewPage() {
  const { client, status } = useConnection();
  const { filters, isCompared } = useAddress();
  const period = usePeriod();
  const query = useQuery(breakdownQuery(client, { period, timezone: status.timezone, filters, by, isCompared }));
  const isNew =
    status.ledger.entries === 0 && query.data?.series.total.attempts === 0 && query.data.series.total.refused === 0;
  if (isNew) return <FirstCall />;
  return (
    <PageFrame title="Overview">
      <Answered query={query}>{(answer) => <OverviewParts answer={answer} />}</Answered>
      <TagBreakdown filters={filters} />
    </PageFrame>
  );
}

function OverviewParts({ answer }: { answer: Breakdown }) {
  const { status } = useConnection();
  const period = usePeriod();
  const steps = useMemo(
    () => spendSteps({ period, rows: answer.series.rows, before: answer.before?.rows, timezone: status.timezone }),
    [period, answer, status.timezone],
  );
  const [byFeature, byModel, byTeam, byLayer] = answer.by;
  return (
    <>
      <Totals of={answer.series} before={answer.before} />
      <SpendFigure title="Spend over time" steps={steps} />
      {byFeature !== undefined && (
        <BreakdownTable title="By feature" dimension="feature" answer={byFeature} link={breakdownLinks.feature} />
      )}
      <Columns>
        {byModel !== undefined && (
          <BreakdownTable title="By model" dimension="model" answer={byModel} link={breakdownLinks.model} isNarrow />
        )}
        {byTeam !== undefined && (
          <BreakdownTable title="By team" dimension="team" answer={byTeam} link={breakdownLinks.team} isNarrow />
        )}
      </Columns>
      {byLayer !== undefined && (
        <BreakdownTable title="By layer" dimension="layer" answer={byLayer} link={breakdownLinks.layer} />
      )}
    </>
  );
}
