import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { PriceRow, PriceRows, QuarantinedPriceRow } from "#contract";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { pricesQuery } from "../api/questions.ts";
import { Answered } from "../elements/answered.tsx";
import { Button } from "../elements/button.tsx";
import { textColumn } from "../elements/columns.tsx";
import { TextField } from "../elements/field.tsx";
import { PageFrame } from "../elements/page-frame.tsx";
import { type Column, RowTable } from "../elements/row-table.tsx";
import { Section } from "../elements/section.tsx";
import { formatDate } from "../format/moment.ts";
import { group } from "../format/money.ts";
import { formatRate } from "../format/rate.ts";
import { sourceParts } from "../format/source.ts";
import { say } from "../format/words.ts";
import styles from "./prices.module.css";

const TYPING_MS = 200;

/** Which rates apply to which model, where they come from, and what was kept out. */
export function PricesPage() {
  const { client } = useConnection();
  const address = useAddress();
  const change = useChangeAddress();
  const search = address.page.search ?? "";
  const cursor = address.page.cursor;
  const query = useQuery(pricesQuery(client, { model: search, cursor }));
  return (
    <PageFrame title="Prices" isRanged={false} tools={<SearchField key="search" search={search} />}>
      <Answered query={query}>
        {(answer) => (
          <>
            <PriceTables answer={answer} search={search} />
            <div className={styles.pager}>
              {cursor !== undefined && <Button onClick={() => history.back()}>Back</Button>}
              {answer.cursor !== undefined && (
                <Button onClick={() => change({ ...address, page: { search, cursor: answer.cursor ?? "" } })}>
                  More rows
                </Button>
              )}
            </div>
          </>
        )}
      </Answered>
    </PageFrame>
  );
}

function SearchField({ search }: { search: string }) {
  const address = useAddress();
  const change = useChangeAddress();
  const [text, setText] = useState(search);
  useEffect(() => {
    if (text === search) return undefined;
    const timer = setTimeout(() => change({ ...address, page: { search: text } }, { replace: true }), TYPING_MS);
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

function PriceTables({ answer, search }: { answer: PriceRows; search: string }) {
  const { status } = useConnection();
  const columns = useMemo(() => priceColumns(status.currency), [status.currency]);
  return (
    <>
      {answer.quarantined.length > 0 && (
        <Quarantined key={search} rows={answer.quarantined} currency={status.currency} />
      )}
      <Section
        title="Rows in force"
        note={
          <>
            Price book <code>{answer.book}</code>
          </>
        }
      >
        <RowTable
          label="Price rows"
          rows={answer.rows}
          columns={columns}
          keyOf={(row) => row.row}
          empty={
            search === ""
              ? "The price book is empty."
              : `No row for “${search}”. Calls to it are booked as unpriced; give it rates in tare.yaml.`
          }
        />
      </Section>
    </>
  );
}

// A search that finds so few is about them; all of them together are a list for another day.
const SHOWN_AT_ONCE = 5;

function Quarantined({ rows, currency }: { rows: readonly QuarantinedPriceRow[]; currency: string }) {
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
    textColumn({ id: "model", head: "Model", of: (row) => row.model, isWide: true }),
    textColumn({ id: "provider", head: "Provider", of: (row) => row.provider, isExtra: true }),
    textColumn({ id: "class", head: "Class", of: (row) => say(row.class), isWide: true }),
    rate,
    textColumn({ id: "tier", head: "Tier", of: (row) => row.tier, isExtra: true }),
    textColumn({ id: "conditions", head: "Only when", of: conditions, isExtra: true }),
    sourceColumn,
    textColumn({ id: "checked", head: "Checked", of: checked, isExtra: true }),
  ];
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
