import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Budget, BudgetDetail, NewBudget } from "#contract";
import { toFilters } from "../address/address.ts";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { budgetQuery, budgetsQuery, callsQuery } from "../api/questions.ts";
import { Amount } from "../elements/amount.tsx";
import { Answered } from "../elements/answered.tsx";
import { BudgetAmount } from "../elements/budget-amount.tsx";
import { BudgetBar, BudgetLegend } from "../elements/budget-bar.tsx";
import { Button } from "../elements/button.tsx";
import { CallTable, latestFirst } from "../elements/call-table.tsx";
import { textColumn } from "../elements/columns.tsx";
import { Facts } from "../elements/facts.tsx";
import { Go, pathOf } from "../elements/go.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { RowTable } from "../elements/row-table.tsx";
import { Columns, Section } from "../elements/section.tsx";
import { formatAmountIn } from "../format/amount-in.ts";
import { group } from "../format/money.ts";
import { formatAge } from "../format/moment.ts";
import { formatDuration } from "../format/quantity.ts";
import { Forecast, perText, scopeText, valueColumns, valuesKey, valuesText } from "./budget-columns.tsx";
import { BudgetDialog, EndBudgetDialog } from "./budget-dialogs.tsx";
import styles from "./budgets.module.css";

/** One budget: how it stands, and the calls that make it up. */
export function BudgetPage() {
  const { name = "" } = useParams({ strict: false });
  const { page } = useAddress();
  return <OneBudget key={`${name} ${page.values ?? ""}`} name={name} values={page.values} />;
}

function OneBudget({ name, values }: { name: string; values: string | undefined }) {
  const speech = useConnection();
  const { client } = speech;
  const query = useQuery(budgetQuery(client, name, values));
  const [open, setOpen] = useState<"change" | "end" | undefined>();
  const navigate = useNavigate();
  const budget = query.data?.budget;
  const trail = (
    <>
      <Go to={{ page: "budgets" }}>Budgets & alerts</Go>
      {values !== undefined && <Go to={{ page: "budget", name }}>{name}</Go>}
    </>
  );
  return (
    <PageFrame
      title={(values === undefined ? undefined : budget && valuesText(budget)) ?? name}
      trail={trail}
      isRanged={false}
      note={budget && `${scopeText(budget)} · ${formatAmountIn(budget.unit, budget.limit, speech)} ${perText(budget)}`}
      tools={budget && <BudgetTools budget={budget} onOpen={setOpen} />}
    >
      <Answered query={query}>{(detail) => <Detail detail={detail} isOneValue={values !== undefined} />}</Answered>
      {open === "change" && budget !== undefined && (
        <BudgetDialog
          before={budget}
          onClose={() => setOpen(undefined)}
          onSet={() => {
            setOpen(undefined);
            void query.refetch();
          }}
        />
      )}
      {open === "end" && budget !== undefined && (
        <EndBudgetDialog
          subject={budget}
          onClose={() => setOpen(undefined)}
          onEnded={() => void navigate({ to: pathOf({ page: "budgets" }) })}
        />
      )}
    </PageFrame>
  );
}

function BudgetTools({ budget, onOpen }: { budget: Budget; onOpen: (dialog: "change" | "end") => void }) {
  const { status } = useConnection();
  if (budget.origin === "config")
    return <span className={styles.quiet}>Stands in tare.yaml, and is changed there</span>;
  if (status.role !== "admin") return null;
  return (
    <>
      <Button onClick={() => onOpen("change")}>Change</Button>
      <Button look="danger" onClick={() => onOpen("end")}>
        End
      </Button>
    </>
  );
}

function Detail({ detail, isOneValue }: { detail: BudgetDetail; isOneValue: boolean }) {
  const { budget } = detail;
  const isTemplate = Object.values(budget.scope).includes("*");
  const [now, note] =
    budget.unit === "concurrent"
      ? ["At this moment", "Attempts that run; one that ends makes room for the next"]
      : ["This period", <BudgetLegend key="legend" />];
  const tightest = budget.values === undefined ? "Nothing has been used yet" : `Tightest: ${valuesText(budget)}`;
  return (
    <>
      <Section title={isTemplate && !isOneValue ? tightest : now} note={note}>
        <div className={styles.big}>
          <BudgetBar budget={budget} isTall />
        </div>
        <Columns>
          <Facts of={amountFacts(budget)} />
          <PeriodFacts detail={detail} />
        </Columns>
      </Section>
      {isTemplate && !isOneValue && <Values budget={budget} />}
      <Holds detail={detail} />
      <Calls detail={detail} />
      <Refused detail={detail} />
      <Changes detail={detail} />
    </>
  );
}

function amountFacts({ unit, ...budget }: Budget) {
  const say = (amount: string | undefined) => <BudgetAmount unit={unit} amount={amount} withUnit />;
  const isOver = budget.overrun !== undefined && budget.overrun !== "0";
  if (unit === "concurrent")
    return [
      ["Running", say(budget.held)],
      ["Left", say(budget.left)],
    ] as const;
  return [
    ["Spent", say(budget.spent)],
    ["Held", say(budget.held)],
    ["In doubt", say(budget.in_doubt)],
    ["Left", say(budget.left)],
    ["Unspendable", budget.unspendable === undefined ? undefined : say(budget.unspendable)],
    ["Beyond its holds", isOver ? say(budget.overrun) : undefined],
  ] as const;
}

function PeriodFacts({ detail: { budget, booked } }: { detail: BudgetDetail }) {
  const speech = useConnection();
  const { moments, now } = speech;
  const { at, from, reset_at, timezone, changed_at, changed_by } = budget;
  const actions = Object.entries(at).map(([share, action]) => `${share} ${action}`);
  return (
    <Facts
      of={[
        [
          "Period",
          budget.unit === "concurrent"
            ? "none: it counts what runs at this moment"
            : from === undefined
              ? "all time"
              : `${moments.minute(from)} – ${moments.minute(reset_at ?? from)}`,
        ],
        ["Time zone", timezone],
        ["At", actions.join(", ") || "nothing happens"],
        ["Forecast", budget.forecast === undefined ? undefined : <Forecast key="f" budget={budget} speech={speech} />],
        [
          "In the ledger",
          booked && (
            <>
              <Amount nanos={booked.spent} /> in {group(booked.calls)} {booked.calls === 1 ? "call" : "calls"}, booked
              until {formatAge(Math.max(0, now() - Date.parse(booked.booked_until)))}
              {booked.differs !== undefined && <p className={styles.missing}>{booked.differs}</p>}
            </>
          ),
        ],
        ["Set", changed_at === undefined ? "in tare.yaml" : `${moments.minute(changed_at)} by ${changed_by}`],
      ]}
    />
  );
}

const VALUES = 20;

function Values({ budget }: { budget: Budget }) {
  const { client, moments, now, money, moneyExact } = useConnection();
  const { cursor: at } = useAddress().page;
  const question = { by: "account", budget: budget.id, limit: VALUES, cursor: at } as const;
  const query = useQuery(budgetsQuery(client, question));
  const columns = useMemo(() => valueColumns({ moments, now, money, moneyExact }), [moments, now, money, moneyExact]);
  return (
    <Section title="Values" note={`${group(budget.accounts)} of at most ${group(budget.values_max)} in this period`}>
      <Answered query={query}>
        {({ rows, cursor }) => (
          <>
            <RowTable
              label="Values, tightest first"
              rows={rows.filter(({ values }) => values !== undefined)}
              columns={columns}
              keyOf={(row) => valuesKey(row) ?? row.id}
              empty="Nobody has used it in this period."
            />
            <ListPager label="Pages of values" next={cursor} more="More values" first="Tightest" />
          </>
        )}
      </Answered>
    </Section>
  );
}

type Held = BudgetDetail["holds"][number];

/** What is held for whom, for as long as anything is. */
function Holds({ detail: { budget, holds } }: { detail: BudgetDetail }) {
  const { now } = useConnection();
  if (holds.length === 0) return null;
  return (
    <Section title="Held now" note="For attempts that run, the largest first; a second or two late">
      <RowTable
        label="Holds"
        rows={holds}
        keyOf={({ attempt }) => attempt}
        empty=""
        canCopy={false}
        columns={[
          textColumn<Held>({ id: "call", head: "Call", of: ({ call }) => call }),
          textColumn<Held>({
            id: "model",
            head: "Target",
            of: ({ provider, model }) => `${provider}/${model}`,
            isExtra: true,
          }),
          {
            id: "since",
            head: "Running for",
            align: "end",
            cell: ({ at }) => formatDuration(Math.max(0, now() - Date.parse(at))),
            csv: ({ at }) => at,
            isExtra: true,
          },
          {
            id: "amount",
            head: "Held",
            align: "end",
            cell: ({ amount }) => <BudgetAmount unit={budget.unit} amount={amount} />,
            csv: ({ amount }) => amount ?? "",
          },
        ]}
      />
    </Section>
  );
}

const CALLS = 10;

function Calls({ detail: { calls, missing } }: { detail: BudgetDetail }) {
  const { client } = useConnection();
  const { from, to, interaction } = calls;
  const filters = useMemo(() => toFilters(calls.filter), [calls.filter]);
  const unheard = Object.keys(calls.filter).filter((name) => !Object.hasOwn(filters, name));
  const range = { from: Date.parse(from), to: Date.parse(to) };
  const query = useQuery({
    ...callsQuery(client, { ...range, filters, limit: CALLS }),
    enabled: interaction === undefined && unheard.length === 0,
  });
  const sentences = [...missing, ...unheard.map((name) => `These pages do not filter by ${name}; the API does.`)];
  return (
    <Section
      title="What makes it up"
      note="Calls are charged to the period in which they were sent"
      tools={
        interaction === undefined ? (
          <Go
            to={{ page: "calls" }}
            narrow={(address) => ({ ...address, range: { type: "between", ...range }, filters })}
          >
            All calls of this period
          </Go>
        ) : (
          <Go to={{ page: "interaction", name: interaction }}>The interaction</Go>
        )
      }
    >
      {query.isEnabled && (
        <Answered query={query}>
          {({ rows }) => (
            <CallTable label="Latest calls" rows={latestFirst(rows)} empty="No calls yet in this period." />
          )}
        </Answered>
      )}
      {sentences.map((sentence) => (
        <p key={sentence} className={styles.missing}>
          {sentence}
        </p>
      ))}
    </Section>
  );
}

/** What it said no to, where it did. */
function Refused({ detail: { budget, calls, refused } }: { detail: BudgetDetail }) {
  const { client } = useConnection();
  const { from, to } = calls;
  const query = useQuery({
    ...callsQuery(client, {
      from: Date.parse(from),
      to: Date.parse(to),
      filters: {},
      state: "refused",
      budget: budget.id,
      budget_value: budget.values === undefined ? undefined : Object.values(budget.values).join(","),
      limit: CALLS,
    }),
    enabled: refused !== undefined && refused > 0,
  });
  if (!query.isEnabled) return null;
  return (
    <Section title="What it refused" note={`${group(refused ?? 0)} ${refused === 1 ? "call" : "calls"} of this period`}>
      <Answered query={query}>
        {({ rows }) => <CallTable label="Latest refusals" rows={latestFirst(rows)} empty="None any more." />}
      </Answered>
    </Section>
  );
}

/** `500 USD per month, team=support, 80% alert`, of the JSON that the books keep. */
function writtenText(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const budget: NewBudget = JSON.parse(written);
  const scope = typeof budget.scope === "object" ? Object.entries(budget.scope).map((pair) => pair.join("=")) : [];
  const at = Object.entries(budget.at ?? {}).map((pair) => pair.join(" "));
  const limit = `${budget.limit}${budget.per === undefined || budget.per === "total" ? "" : ` per ${budget.per}`}`;
  return [limit, scope.join(", ") || "everything", ...at].join(", ");
}

function Changes({ detail: { changes } }: { detail: BudgetDetail }) {
  const { moments } = useConnection();
  if (changes.length === 0) return null;
  return (
    <Section title="Changes" note="Who set it, and what it was before">
      <RowTable
        label="Changes, latest first"
        rows={changes}
        keyOf={({ at, who }) => `${at} ${who}`}
        empty=""
        columns={[
          {
            id: "at",
            head: "When",
            cell: ({ at }) => <span title={moments.full(at)}>{moments.short(at)}</span>,
            csv: ({ at }) => at,
          },
          { id: "who", head: "Who", cell: ({ who }) => who, csv: ({ who }) => who },
          {
            id: "after",
            head: "Set to",
            cell: ({ after }) => writtenText(after) ?? "ended",
            csv: ({ after }) => after ?? "ended",
            isWide: true,
          },
          {
            id: "before",
            head: "Before",
            cell: ({ before }) => writtenText(before) ?? "new",
            csv: ({ before }) => before ?? "new",
            isWide: true,
            isExtra: true,
          },
        ]}
      />
    </Section>
  );
}
