/** Cost targets: what one interaction, user or outcome costs against what it may. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Target } from "#contract";
import { toFilters } from "../address/address.ts";
import { useConnection } from "../api/connection.tsx";
import { targetsQuery } from "../api/economics-questions.ts";
import { group, toPlainDecimal } from "../format/money.ts";
import { say } from "../format/words.ts";
import styles from "../pages/slos.module.css";
import { Amount } from "./amount.tsx";
import { Answered } from "./answered.tsx";
import { Go } from "./go.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import state from "./state.module.css";

/** Those of one feature, or all; a feature without one has no section. */
export function TargetsSection({ feature, empty }: { feature?: string; empty?: ReactNode }) {
  const { client } = useConnection();
  const query = useQuery(targetsQuery(client));
  const isShown = (target: Target) => feature === undefined || target.where["feature"]?.includes(feature) === true;
  const rows = query.data?.rows.filter(isShown) ?? [];
  if (feature !== undefined && rows.length === 0) return null;
  return (
    <Section
      title="Cost targets"
      note={rows.length > 0 && "On average, over a window that ends now; missed ones first"}
    >
      <Answered query={query}>
        {() => (
          <div className={styles.slos}>
            <RowTable label="Cost targets" rows={rows} columns={columns} keyOf={({ name }) => name} empty={empty} />
          </div>
        )}
      </Answered>
    </Section>
  );
}

const ones = {
  interaction: "One interaction",
  active_user: "One active user",
  outcome: "One successful outcome",
} as const;
const order = { missed: 0, unknown: 1, kept: 2 } as const;
const shapes = {
  missed: { tone: "bad", path: "M3 3 11 11M11 3 3 11" },
  unknown: { tone: "quiet", path: "M3 7H11" },
  kept: { tone: "good", path: "M2.5 7.5 5.5 10.5 11.5 3.5" },
} as const;

const whys = {
  nothing_counted: () => "there were none in the window",
  too_few: ({ counted, min_count }: Target) => `${group(counted ?? 0)} of at least ${group(min_count)}`,
  nothing_succeeded: () => "none succeeded",
  unpriced: ({ unpriced }: Target) => `${group(unpriced ?? 0)} entries have no price`,
  not_counted_yet: () => "not counted yet",
} as const;

function whyText(target: Target): string {
  return target.why === undefined ? "" : whys[target.why](target);
}

const columns: readonly Column<Target>[] = [
  {
    id: "name",
    head: "Target",
    value: ({ name }) => name,
    cell: (target) => <Named target={target} />,
    csv: ({ name }) => name,
    isWide: true,
  },
  {
    id: "state",
    head: "State",
    value: (target) => order[target.state],
    cell: (target) => (
      <>
        <span className={state.state}>
          <svg
            className={state[shapes[target.state].tone]}
            viewBox="0 0 14 14"
            width="14"
            height="14"
            aria-hidden="true"
          >
            <path d={shapes[target.state].path} />
          </svg>
          {target.state}
        </span>
        <span className={styles.under}>{whyText(target)}</span>
      </>
    ),
    csv: (target) => [target.state, whyText(target)].filter((part) => part !== "").join(": "),
  },
  {
    id: "cost",
    head: "Costs",
    align: "end",
    value: ({ cost_nanos: cost }) => (cost === undefined ? undefined : BigInt(cost)),
    cell: ({ cost_nanos: cost }) =>
      cost === undefined ? <span className={styles.quiet}>–</span> : <Amount nanos={cost} />,
    csv: ({ cost_nanos: cost }) => (cost === undefined ? "" : toPlainDecimal(cost)),
  },
  {
    id: "limit",
    head: "Limit",
    align: "end",
    value: ({ limit_nanos }) => BigInt(limit_nanos),
    cell: ({ limit_nanos }) => <Amount nanos={limit_nanos} />,
    csv: ({ limit_nanos }) => toPlainDecimal(limit_nanos),
  },
  {
    id: "over",
    head: "Over",
    align: "end",
    value: ({ divided_by }) => divided_by,
    cell: ({ divided_by: over }) => (over === undefined ? "–" : group(over)),
    csv: ({ divided_by }) => divided_by?.toString() ?? "",
    isExtra: true,
  },
];

function Named({ target }: { target: Target }) {
  const { name, where, max_cost_per: per, outcome, over_days: days } = target;
  const of = Object.entries(where).map(([dimension, values]) => `${say(dimension)} ${values.join(" or ")}`);
  const one = outcome === undefined ? ones[per] : `One ${outcome}`;
  return (
    <>
      <Go
        to={{ page: "interactions" }}
        narrow={(address) => ({ ...address, filters: { ...address.filters, ...toFilters(where) } })}
      >
        {name}
      </Go>
      <span className={styles.under}>{[one, ...of, days === 1 ? "1 day" : `${days} days`].join(" · ")}</span>
    </>
  );
}
