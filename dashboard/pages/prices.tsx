import { useQuery } from "@tanstack/react-query";
import { Fragment, useEffect, useMemo, useState } from "react";
import type { PriceRow, QuarantinedPriceRow } from "#contract";
import { type PageFields } from "../address/address.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { pricesInUseQuery } from "../api/prices-in-use.ts";
import { pricesQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { textColumn } from "../elements/columns.tsx";
import { TextField } from "../elements/field.tsx";
import { Go } from "../elements/go.tsx";
import { ListPager } from "../elements/list-pager.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Choice, Section } from "../elements/section.tsx";
import { formatDate } from "../format/moment.ts";
import { group } from "../format/money.ts";
import { formatRate } from "../format/rate.ts";
import { sourceParts } from "../format/source.ts";
import { say } from "../format/words.ts";
import { StepRatesPart, StepRateTable } from "./step-rates.tsx";
import styles from "./prices.module.css";

const TYPING_MS = 200;
// So many rows are shown at once: of more, some come when their end is near, and push what turns the page away from a click.
const PAGE_ROWS = "100";

const USED_WITHIN_MS = 30 * 86_400_000;
const views = [
  ["used", "Models in use"],
  ["all", "Whole book"],
  ["steps", "Steps"],
] as const;

/** Which rates apply to which model, where they come from, and what was kept out. */
export function PricesPage() {
  const { status } = useConnection();
  const address = useAddress();
  const change = useChangeAddress();
  const { search = "", view } = address.page;
  const isSearched = search !== "";
  const chosen = view === "all" || view === "steps" ? view : "used";
  const tools = (
    <>
      {!isSearched && (
        <Choice
          label="Which prices"
          options={views}
          chosen={chosen}
          onChoose={(next) => change({ ...address, page: next === "used" ? {} : { view: next } })}
        />
      )}
      <SearchField key="search" search={search} />
    </>
  );
  const note = (
    <>
      Price book <code>{status.price_book}</code>
    </>
  );
  return (
    <PageFrame title="Prices" note={note} isRanged={false} tools={tools}>
      {isSearched ? <BookPart /> : ofView[chosen]}
    </PageFrame>
  );
}

const ofView = { used: <UsedPart />, all: <BookPart />, steps: <StepRatesPart /> };

/** A page of the whole book, or what a search finds in it. */
function BookPart() {
  const { client } = useConnection();
  const { cursor, search = "" } = useAddress().page;
  const query = useQuery(pricesQuery(client, { model: search, cursor, limit: PAGE_ROWS }));
  return (
    <Answered query={query}>
      {({ rows, quarantined, step_rates: rates, cursor: next }) => (
        <>
          {quarantined.length > 0 && <Quarantined key={search} rows={quarantined} />}
          <PriceTable
            title="Rows in force"
            rows={rows}
            empty={
              search === ""
                ? "The price book is empty."
                : `No row for “${search}”. Calls to it are booked as unpriced; give it rates in tare.yaml.`
            }
          />
          <ListPager label="Pages of the book" next={next} more="More rows" />
          <StepRateTable rates={rates} />
        </>
      )}
    </Answered>
  );
}

/** Only what this ledger pays: the book has thousands of rows, most of them of models that nobody here calls. */
function UsedPart() {
  const { client, status, now } = useConnection();
  const [to] = useState(now);
  const query = useQuery(pricesInUseQuery(client, { from: to - USED_WITHIN_MS, to, timezone: status.timezone }));
  return (
    <Answered query={query}>
      {({ rows, quarantined, models, others }) => (
        <>
          {quarantined.length > 0 && <Quarantined rows={quarantined} />}
          <PriceTable
            title="Rows of the models in use"
            note={`${models === 1 ? "1 model" : `${group(models)} models`} called in the last 30 days, the dearest first`}
            rows={rows}
            empty="No model with a price was called in the last 30 days. Search for one, or look through the whole book."
          />
          {others.length > 0 && (
            <p className={styles.others}>
              Called too, and not listed here:{" "}
              {others.map((model, index) => (
                <Fragment key={model}>
                  {index > 0 && ", "}
                  <Go to={{ page: "prices" }} fields={{ search: model }}>
                    {model}
                  </Go>
                </Fragment>
              ))}
              .
            </p>
          )}
        </>
      )}
    </Answered>
  );
}

function SearchField({ search }: { search: string }) {
  const address = useAddress();
  const change = useChangeAddress();
  const [text, setText] = useState(search);
  const [seen, setSeen] = useState(search);
  const [sent, setSent] = useState<string>();
  // The way back, or a link to a model, changes the text; what was typed here and comes back as the address does not.
  if (seen !== search) {
    setSeen(search);
    setSent(undefined);
    if (search !== sent) setText(search);
  }
  useEffect(() => {
    if (text === search) return undefined;
    const timer = setTimeout(() => {
      setSent(text);
      // The first letters are a step of their own, so that the way back leads to what was there before.
      change({ ...address, page: pageOf(address.page, text) }, { replace: search !== "" && text !== "" });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, search, address, change]);
  return (
    <TextField
      type="search"
      className={styles.search}
      aria-label="Model or a part of its name"
      placeholder="Model, or a part of its name"
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

/** A search is of the whole book, and begins on its first page; what was looked at is there again when it is emptied. */
function pageOf({ view }: PageFields, search: string): PageFields {
  return { ...(view === undefined ? {} : { view }), ...(search === "" ? {} : { search }) };
}

interface TableFacts {
  readonly title: string;
  readonly note?: string;
  readonly rows: readonly PriceRow[];
  readonly empty: string;
}

function PriceTable({ title, note, rows, empty }: TableFacts) {
  const { currency } = useConnection().status;
  const columns = useMemo(() => priceColumns(currency), [currency]);
  return (
    <Section title={title} {...(note === undefined ? {} : { note })}>
      <RowTable label="Price rows" rows={rows} columns={columns} keyOf={(row) => row.row} empty={empty} />
    </Section>
  );
}

// A search that finds so few is about them; all of them together are a list for another day.
const SHOWN_AT_ONCE = 5;

function Quarantined({ rows }: { rows: readonly QuarantinedPriceRow[] }) {
  const { currency } = useConnection().status;
  const columns = useMemo((): readonly Column<QuarantinedPriceRow>[] => {
    return [
      ...priceColumns(currency).filter(({ id }) => ["model", "provider", "class", "rate"].includes(id)),
      textColumn({ id: "reason", head: "Kept out because", of: (row) => row.reason, isWide: true }),
      sourceColumn,
    ];
  }, [currency]);
  return (
    <details className={styles.quarantined} open={rows.length <= SHOWN_AT_ONCE}>
      <summary>
        {rows.length === 1
          ? "One row is quarantined: it looks wrong and prices nothing."
          : `${group(rows.length)} rows are quarantined: they look wrong and price nothing.`}{" "}
        Put the right rate under the provider&apos;s <code>rates</code> in <code>tare.yaml</code>.
      </summary>
      <RowTable label="Quarantined rows" rows={rows} columns={columns} keyOf={(row) => row.row} empty="" />
    </details>
  );
}

function priceColumns(currency: string): readonly Column<PriceRow>[] {
  const rate: Column<PriceRow> = {
    id: "rate",
    head: "Per million",
    align: "end",
    value: (row) => Number(row.rate),
    cell: (row) => formatRate(row.rate, currency),
    csv: (row) => row.rate,
  };
  return [
    withUnder(textColumn({ id: "model", head: "Model", of: (row) => row.model, isWide: true }), (row) => row.provider),
    textColumn({ id: "provider", head: "Provider", of: (row) => row.provider, isExtra: true, isSpare: true }),
    withUnder(textColumn({ id: "class", head: "Class", of: (row) => say(row.class), isWide: true }), (row) =>
      [row.tier, conditions(row) ?? ""].filter((part) => part !== "").join(", "),
    ),
    rate,
    textColumn({ id: "tier", head: "Tier", of: (row) => row.tier, isExtra: true, isSpare: true }),
    textColumn({ id: "conditions", head: "Only when", of: conditions, isExtra: true, isSpare: true }),
    sourceColumn,
    textColumn({ id: "checked", head: "Checked", of: checked, isExtra: true, isSpare: true }),
  ];
}

/** On a small screen, which has no room for their columns, what tells two rows of one model and class apart stands below. */
function withUnder(column: Column<PriceRow>, of: (row: PriceRow) => string): Column<PriceRow> {
  return {
    ...column,
    cell: (row) => (
      <>
        {column.cell(row)}
        <span className={styles.under}>{of(row)}</span>
      </>
    ),
  };
}

const sourceColumn: Column<PriceRow> = {
  id: "source",
  head: "Source",
  isExtra: true,
  isWide: true,
  value: (row) => row.source,
  cell: (row) => (
    <span title={row.source}>
      {sourceParts(row.source).map(({ text, href }) =>
        href === undefined ? (
          text
        ) : (
          <a key={href} href={href} target="_blank" rel="noreferrer">
            {text}
          </a>
        ),
      )}
    </span>
  ),
  csv: (row) => row.source,
};

function checked({ checked_at: at }: PriceRow): string | undefined {
  return at === undefined ? undefined : formatDate(at);
}

function conditions(row: PriceRow): string | undefined {
  const parts = [
    row.context_over === undefined ? "" : `input over ${group(row.context_over)}`,
    row.region === undefined ? "" : `in ${row.region}`,
    row.window === undefined ? "" : `${row.window} UTC`,
    validity(row) ?? "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(", ");
}

function validity({ valid_from: from, valid_to: to }: PriceRow): string | undefined {
  if (from !== undefined && to !== undefined) return `${formatDate(from)} to ${formatDate(to)}`;
  if (from !== undefined) return `since ${formatDate(from)}`;
  return to === undefined ? undefined : `until ${formatDate(to)}`;
}
