/** One feature, model, team, customer or user: over time, what it is made of, and its latest calls. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useParams } from "@tanstack/react-router";
import { type Filters, withFilter } from "../address/address.ts";
import { useAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { type Breakdown, breakdownQuery } from "../api/overview.ts";
import { callsQuery } from "../api/questions.ts";
import { spendSteps } from "../charts/spend-steps.ts";
import { Answered } from "../elements/answered.tsx";
import { breakdownLinks } from "../elements/breakdown-links.tsx";
import { isOfCost } from "../elements/breakdown-rows.ts";
import { BreakdownTable } from "../elements/breakdown-table.tsx";
import { CallTable, latestFirst } from "../elements/call-table.tsx";
import { CostDrivers } from "../elements/cost-drivers.tsx";
import { Go } from "../elements/go.tsx";
import { NothingHere } from "../elements/nothing-here.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { CustomerMargin } from "../elements/customer-margin.tsx";
import { Columns, Section } from "../elements/section.tsx";
import { ReturnsSection } from "../elements/returns.tsx";
import { TargetsSection } from "../elements/targets.tsx";
import { SpendBy } from "../elements/spend-by.tsx";
import { SpendFigure } from "../elements/spend-figure.tsx";
import { TagBreakdown } from "../elements/tag-breakdown.tsx";
import { Totals } from "../elements/totals.tsx";
import { TopInteractions } from "../elements/top-interactions.tsx";
import { UnitCostsSection } from "../elements/unit-costs.tsx";
import { UnitTrend } from "../elements/unit-trend.tsx";
import { isNamed, sayStart, sayValue } from "../format/words.ts";

type ScopeDimension = "feature" | "model" | "team" | "customer" | "user";

/** What the parts of each are: other dimensions, and the layers of its cost. */
const parts: Readonly<Record<ScopeDimension, readonly ("feature" | "model" | "team" | "layer")[]>> = {
  feature: ["model", "layer"],
  model: ["feature", "team", "layer"],
  team: ["feature", "model", "layer"],
  customer: ["feature", "model", "layer"],
  user: ["feature", "model", "layer"],
};

export const FeaturePage = () => <ScopePage dimension="feature" />;
export const ModelPage = () => <ScopePage dimension="model" />;
export const TeamPage = () => <ScopePage dimension="team" />;
export const CustomerPage = () => <ScopePage dimension="customer" />;
export const UserPage = () => <ScopePage dimension="user" />;

/** Under which page it hangs; the others under the overview. */
const lists: Partial<Record<ScopeDimension, readonly ["features" | "customers", string]>> = {
  feature: ["features", "Features"],
  customer: ["customers", "Customers"],
};

function ScopePage({ dimension }: { dimension: ScopeDimension }) {
  const { name = "" } = useParams({ strict: false });
  return <OneScope key={name} name={name} dimension={dimension} />;
}

function OneScope({ name, dimension }: { name: string; dimension: ScopeDimension }) {
  const { client, status } = useConnection();
  const { filters: others, isCompared } = useAddress();
  const period = usePeriod();
  const filters = useMemo((): Filters => ({ ...others, [dimension]: [name] }), [others, dimension, name]);
  const query = useQuery(
    breakdownQuery(client, { period, timezone: status.timezone, filters, by: parts[dimension], isCompared }),
  );
  // Asked with the rest, not before it: that most names are known must not cost a page a second round.
  const isUnknown = query.data !== undefined && isNothing(query.data);
  return (
    <PageFrame title={sayValue(dimension, name)} trail={<Trail dimension={dimension} />}>
      <Answered query={query}>
        {(answer) =>
          isUnknown ? (
            <Unknown name={name} dimension={dimension} />
          ) : (
            <ScopeParts name={name} dimension={dimension} answer={answer} />
          )
        }
      </Answered>
      {!isUnknown && <TagBreakdown filters={filters} />}
      {!isUnknown && dimension === "feature" && <FeatureParts name={name} filters={filters} />}
      {!isUnknown && (dimension === "customer" || dimension === "user") && (
        <PersonParts name={name} dimension={dimension} filters={filters} />
      )}
      {!isUnknown && <LatestCalls name={name} dimension={dimension} filters={filters} />}
    </PageFrame>
  );
}

function Trail({ dimension }: { dimension: ScopeDimension }) {
  const list = lists[dimension];
  if (list !== undefined) return <Go to={{ page: list[0] }}>{list[1]}</Go>;
  return (
    <>
      <Go to={{ page: "overview" }}>Overview</Go> · {sayStart(dimension)}
    </>
  );
}

function isNothing({ series, before }: Breakdown): boolean {
  return [series.total, before?.total].every(
    (total) => total === undefined || (!isOfCost(total) && total.refused === 0),
  );
}

/** Zeros would say that there is such a thing, and that it costs nothing. */
function Unknown({ name, dimension }: { name: string; dimension: ScopeDimension }) {
  return (
    <NothingHere>
      Nothing in this range is of a {dimension} called “{name}”: no call, step or bill. Check its name, or choose a
      longer range.
    </NothingHere>
  );
}

function FeatureParts({ name, filters }: { name: string; filters: Filters }) {
  return (
    <>
      <UnitCostsSection filters={filters} />
      <UnitTrend filters={filters} />
      <CostDrivers filters={filters} />
      <TargetsSection feature={name} />
      <ReturnsSection feature={name} />
      <TopInteractions filters={filters} />
    </>
  );
}

interface PersonFacts {
  readonly name: string;
  readonly dimension: "customer" | "user";
  readonly filters: Filters;
}

/** Of whom interactions are: what they brought, too, as far as somebody said. */
function PersonParts({ name, dimension, filters }: PersonFacts) {
  return (
    <>
      {dimension === "customer" ? (
        <SpendBy dimension="user" filters={filters} link={breakdownLinks.user} />
      ) : (
        <SpendBy dimension="customer" filters={filters} link={breakdownLinks.customer} />
      )}
      {dimension === "customer" && isNamed(name) && <CustomerMargin name={name} filters={filters} />}
      <UnitCostsSection filters={filters} />
      <UnitTrend filters={filters} />
      <TopInteractions filters={filters} />
    </>
  );
}

interface PartsFacts {
  readonly name: string;
  readonly dimension: ScopeDimension;
  readonly answer: Breakdown;
}

function ScopeParts({ name, dimension, answer }: PartsFacts) {
  const { status } = useConnection();
  const period = usePeriod();
  const steps = useMemo(
    () => spendSteps({ period, rows: answer.series.rows, before: answer.before?.rows, timezone: status.timezone }),
    [period, answer, status.timezone],
  );
  return (
    <>
      <Totals of={answer.series} before={answer.before} isOfUse={dimension === "feature" && isNamed(name)} />
      <SpendFigure title="Spend over time" steps={steps} />
      <Columns>
        {parts[dimension].map((part, index) => {
          const found = answer.by[index];
          if (found === undefined) return null;
          return (
            <BreakdownTable
              key={part}
              title={`By ${part}`}
              dimension={part}
              answer={found}
              link={breakdownLinks[part]}
              isNarrow
            />
          );
        })}
      </Columns>
    </>
  );
}

const LATEST = 12;

function LatestCalls({ name, dimension, filters }: { name: string; dimension: ScopeDimension; filters: Filters }) {
  const { client } = useConnection();
  const { from, to } = usePeriod();
  const query = useQuery(callsQuery(client, { from, to, filters, limit: LATEST }));
  const all = (
    <Go to={{ page: "calls" }} narrow={(address) => withFilter(address, dimension, [name])}>
      All calls
    </Go>
  );
  return (
    <Section title="Latest calls" tools={all}>
      <Answered query={query}>
        {({ rows }) => (
          <CallTable
            label="Latest calls"
            rows={latestFirst(rows)}
            withFeature={dimension !== "feature"}
            empty={<NothingHere />}
          />
        )}
      </Answered>
    </Section>
  );
}
