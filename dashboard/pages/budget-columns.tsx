/** The columns of budgets, alike in the list of all and in the list of one budget's values. */
import type { Budget } from "#contract";
import { type Connection } from "../api/connection.tsx";
import { BudgetAmount } from "../elements/budget-amount.tsx";
import { BudgetBar, mostOf, usedOf } from "../elements/budget-bar.tsx";
import { Breaks } from "../elements/code.tsx";
import { Go } from "../elements/go.tsx";
import { type Column } from "../elements/row-table.tsx";
import { formatAmountIn } from "../format/amount-in.ts";
import { toPlainDecimal } from "../format/money.ts";
import { formatDuration } from "../format/quantity.ts";
import styles from "./budgets.module.css";

type Speech = Pick<Connection, "moments" | "now" | "money" | "moneyExact">;

/** `user=ada, tenant=acme`; undefined where a budget has no values. */
export function valuesText({ values }: Budget): string | undefined {
  if (values === undefined) return undefined;
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

/** What the URL and the API call a row of a `*` budget. */
export function valuesKey({ values }: Budget): string | undefined {
  return values === undefined ? undefined : JSON.stringify(values);
}

/** `team=support, user=*`; `everything`. */
export function scopeText({ scope }: Budget): string {
  const pairs = Object.entries(scope).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? "everything" : pairs.join(", ");
}

export function budgetColumns(speech: Speech): readonly Column<Budget>[] {
  return [budgetColumn(speech), ...amountColumns(speech)];
}

export function valueColumns(speech: Speech): readonly Column<Budget>[] {
  const value: Column<Budget> = {
    id: "value",
    head: "Value",
    value: (budget) => valuesText(budget) ?? "",
    cell: (budget) => {
      const values = valuesKey(budget);
      return (
        <Go to={{ page: "budget", name: budget.id }} fields={values === undefined ? {} : { values }}>
          {valuesText(budget) ?? "nothing yet"}
        </Go>
      );
    },
    csv: (budget) => valuesText(budget) ?? "",
    isWide: true,
  };
  return [value, ...amountColumns(speech)];
}

function budgetColumn(speech: Speech): Column<Budget> {
  return {
    id: "budget",
    head: "Budget",
    value: ({ id }) => id,
    cell: (budget) => (
      <>
        <Go to={{ page: "budget", name: budget.id }}>
          <Breaks>{budget.id}</Breaks>
        </Go>
        <span className={styles.under}>
          {formatAmountIn(budget.unit, budget.limit, speech)} {perText(budget)}
          {budget.values !== undefined && (
            <>
              {" · "}
              tightest of {budget.accounts}: {valuesText(budget)}
            </>
          )}
        </span>
      </>
    ),
    csv: ({ id }) => id,
    isWide: true,
  };
}

export function perText({ per, unit }: Budget): string {
  if (unit === "concurrent") return "";
  return per === "total" ? "in all" : `${per === "hour" ? "an" : "a"} ${per}`;
}

function amountColumns(speech: Speech): readonly Column<Budget>[] {
  return [
    {
      id: "used",
      head: "Used",
      value: (budget) => {
        const used = usedOf(budget);
        const most = mostOf(budget);
        return used === undefined ? undefined : most === 0n ? used : (used * 1_000_000n) / most;
      },
      cell: (budget) => (
        <>
          <BudgetBar budget={budget} />
          <NarrowAmounts budget={budget} />
        </>
      ),
      csv: (budget) => plain(budget, usedOf(budget)?.toString()),
    },
    amountColumn("spent", "Spent"),
    amountColumn("held", "Held"),
    amountColumn("in_doubt", "In doubt"),
    amountColumn("left", "Left"),
    forecastColumn(speech),
    {
      id: "reset",
      head: "Starts anew",
      align: "end",
      value: ({ reset_at }) => Date.parse(reset_at ?? "9999-12-31"),
      cell: (budget) => <Reset of={budget} speech={speech} />,
      csv: ({ reset_at }) => reset_at ?? "",
      isExtra: true,
      isSpare: true,
    },
  ];
}

/** Below the bar where the screen has no room for their columns. */
function NarrowAmounts({ budget: { unit, spent, held, left } }: { budget: Budget }) {
  const isAtOnce = unit === "concurrent";
  return (
    <span className={styles.narrow}>
      <span>
        <BudgetAmount unit={unit} amount={isAtOnce ? held : spent} /> {isAtOnce ? "running" : "spent"}
      </span>
      <span>
        <BudgetAmount unit={unit} amount={left} /> left
      </span>
    </span>
  );
}

function Reset({ of: { unit, reset_at: at }, speech: { moments, now } }: { of: Budget; speech: Speech }) {
  if (unit === "concurrent") return <span className={styles.quiet}>as calls end</span>;
  if (at === undefined) return <span className={styles.quiet}>never</span>;
  return <span title={moments.full(at)}>in {formatDuration(Math.max(0, Date.parse(at) - now()))}</span>;
}

function amountColumn(id: "spent" | "held" | "in_doubt" | "left", head: string): Column<Budget> {
  // A limit on how many run at once has what runs and what is left: nothing of it is spent, and nothing stays in doubt.
  const isOf = ({ unit }: Budget) => unit !== "concurrent" || id === "held" || id === "left";
  const amountOf = (budget: Budget) => (isOf(budget) ? budget[id] : undefined);
  return {
    id,
    head,
    align: "end",
    value: (budget) => {
      const amount = amountOf(budget);
      return amount === undefined ? undefined : BigInt(amount);
    },
    cell: (budget) => (
      <>
        <BudgetAmount unit={budget.unit} amount={amountOf(budget)} />
        {budget.unit === "concurrent" && id === "held" && " running"}
      </>
    ),
    csv: (budget) => plain(budget, amountOf(budget)),
    isExtra: true,
  };
}

function forecastColumn(speech: Speech): Column<Budget> {
  return {
    id: "forecast",
    head: "Forecast",
    align: "end",
    value: ({ forecast }) => (forecast === undefined ? undefined : BigInt(forecast.likely)),
    cell: (budget) => <Forecast budget={budget} speech={speech} />,
    csv: (budget) => plain(budget, budget.forecast?.likely),
    isExtra: true,
  };
}

/** Spent by the end of the period, and between what; marked where that is more than the limit. */
export function Forecast({ budget, speech }: { budget: Budget; speech: Speech }) {
  const { unit, forecast } = budget;
  if (forecast === undefined) return <span className={styles.quiet}>–</span>;
  const say = (amount: string) => formatAmountIn(unit, amount, speech);
  const isOver = BigInt(forecast.likely) > BigInt(budget.limit);
  const range = `Nine times of ten between ${say(forecast.low)} and ${say(forecast.high)} by the end of the period.`;
  return (
    <span className={isOver ? styles.over : undefined} title={range}>
      {say(forecast.likely)}
      {isOver && <span className={styles.mark}> over</span>}
    </span>
  );
}

function plain({ unit }: Budget, amount: string | undefined): string {
  if (amount === undefined) return "";
  return unit === "USD" ? toPlainDecimal(amount) : amount;
}
