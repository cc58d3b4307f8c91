import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Budget, BudgetPage } from "#contract";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { budgetsQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { BudgetLegend } from "../elements/budget-bar.tsx";
import { Button } from "../elements/button.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatAge } from "../format/moment.ts";
import { AlertsSection } from "./alerts.tsx";
import { budgetColumns } from "./budget-columns.tsx";
import { BudgetDialog } from "./budget-dialogs.tsx";
import styles from "./budgets.module.css";

const PAGE = 50;
/** The gateway tells once a second; a few missed ones are worth a word. */
const LATE_MS = 5_000;

/** What is spent, held, in doubt, left; when will it run out? */
export function BudgetsPage() {
  const { client, status } = useConnection();
  const { cursor } = useAddress().page;
  const [isMaking, setMaking] = useState(false);
  const query = useQuery(budgetsQuery(client, { by: "budget", limit: PAGE, cursor }));
  const isAdmin = status.role === "admin";
  return (
    <PageFrame
      title="Budgets & alerts"
      isRanged={false}
      note={isAdmin ? undefined : `Your role is ${status.role}; only an admin may change budgets.`}
      tools={
        isAdmin && (
          <Button look="main" onClick={() => setMaking(true)}>
            New budget
          </Button>
        )
      }
    >
      <Answered query={query}>
        {(page) => (
          <>
            <BudgetTable page={page} />
            <ListPager label="Pages of budgets" next={page.cursor} more="More budgets" first="Tightest" />
          </>
        )}
      </Answered>
      <AlertsSection />
      {isMaking && (
        <BudgetDialog
          onClose={() => setMaking(false)}
          onSet={() => {
            setMaking(false);
            void query.refetch();
          }}
        />
      )}
    </PageFrame>
  );
}

function BudgetTable({ page }: { page: BudgetPage }) {
  const { moments, now, money, moneyExact } = useConnection();
  const columns = useMemo(() => budgetColumns({ moments, now, money, moneyExact }), [moments, now, money, moneyExact]);
  return (
    <Section title="Tightest first" note={<Told page={page} />}>
      <div className={styles.budgets}>
        <RowTable
          label="Budgets, tightest first"
          rows={page.rows}
          columns={columns}
          keyOf={(budget: Budget) => budget.id}
          empty={
            <>
              No budgets yet: nothing stops a call for its cost. Make one here, or write it into tare.yaml:
              <pre className={styles.sample}>
                {"budgets:\n  - { scope: { team: support }, per: month, limit: 500 USD }"}
              </pre>
            </>
          }
        />
      </div>
    </Section>
  );
}

function Told({ page: { rows, as_of } }: { page: BudgetPage }) {
  const { now } = useConnection();
  if (rows.length === 0) return null;
  if (as_of === undefined) return <>The gateway has not told yet what is spent.</>;
  const ageMs = now() - Date.parse(as_of);
  return (
    <>
      <BudgetLegend />
      {ageMs > LATE_MS && <> · as the gateway told {formatAge(ageMs)}</>}
    </>
  );
}
