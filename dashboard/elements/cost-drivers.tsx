/** Which steps a cost is made of: by their name, or their model where they have none. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { UnitRow, UnitRows } from "#contract";
import { type Filters } from "../address/address.ts";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { unitCostsQuery } from "../api/unit-questions.ts";
import { divideMoney, formatShare, toCoordinate } from "../format/money.ts";
import { isNamed, say, sayValue } from "../format/words.ts";
import { Answered } from "./answered.tsx";
import { countColumn, moneyColumn } from "./columns.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { type Column, RowTable } from "./row-table.tsx";
import { Section } from "./section.tsx";
import { SplitBar } from "./split-bar.tsx";

const SHOWN = 12;
const by = ["kind", "step", "model"];

export function CostDrivers({ filters }: { filters: Filters }) {
  const { client, status } = useConnection();
  const { from, to } = usePeriod();
  const query = useQuery(unitCostsQuery(client, { from, to, timezone: status.timezone, filters, by }));
  return (
    <Section title="Steps that drive the cost" note="By name, or by model where a step has none">
      <Answered query={query}>{(units) => <DriverTable units={units} />}</Answered>
    </Section>
  );
}

interface Driver {
  readonly name: string;
  readonly kind: string;
  readonly gross: bigint;
  readonly net: bigint;
  readonly count: number;
  readonly unpriced: number;
}

function DriverTable({ units: { rows, total } }: { units: UnitRows }) {
  const drivers = useMemo(() => driversOf(rows), [rows]);
  const columns = useMemo(() => driverColumns(drivers, BigInt(total.gross_nanos)), [drivers, total]);
  return (
    <RowTable
      label="Steps that drive the cost"
      rows={drivers}
      columns={columns}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      empty={<NothingHere>No steps in this range.</NothingHere>}
    />
  );
}

/** What is not shown is one row, so that the table adds up. */
function driversOf(rows: readonly UnitRow[]): readonly Driver[] {
  const all = rows.map((row): Driver => {
    const { kind = "", step = "", model = "" } = row.dimensions;
    return {
      name: isNamed(step) ? step : sayValue("model", model),
      kind: say(kind),
      gross: BigInt(row.gross_nanos),
      net: BigInt(row.net_nanos),
      count: row.calls + row.steps,
      unpriced: row.unpriced,
    };
  });
  if (all.length <= SHOWN) return all;
  const rest = all.slice(SHOWN - 1);
  const sum = (of: (driver: Driver) => number) => rest.reduce((added, driver) => added + of(driver), 0);
  return [
    ...all.slice(0, SHOWN - 1),
    {
      name: `${rest.length} others`,
      kind: "–",
      gross: rest.reduce((added, { gross }) => added + gross, 0n),
      net: rest.reduce((added, { net }) => added + net, 0n),
      count: sum(({ count }) => count),
      unpriced: sum(({ unpriced }) => unpriced),
    },
  ];
}

function driverColumns(drivers: readonly Driver[], total: bigint): readonly Column<Driver>[] {
  const widest = Math.max(...drivers.map(({ gross }) => toCoordinate(gross)), 0);
  const width = (nanos: bigint) => (widest === 0 ? 0 : Math.max(0, toCoordinate(nanos)) / widest);
  const share = ({ gross }: Driver) => formatShare(gross, total) ?? "–";
  return [
    {
      id: "name",
      head: "Step",
      value: ({ name }) => name,
      cell: ({ name }) => name,
      csv: ({ name }) => name,
      total: "Total",
    },
    {
      id: "kind",
      head: "Kind",
      value: ({ kind }) => kind,
      cell: ({ kind }) => kind,
      csv: ({ kind }) => kind,
      isExtra: true,
    },
    {
      id: "share",
      head: "Share",
      value: ({ gross }) => gross,
      cell: (row) => <SplitBar net={width(row.net)} tare={width(row.gross - row.net)} label={share(row)} />,
      csv: share,
      isExtra: true,
    },
    moneyColumn({ id: "gross", head: "Gross", of: (row) => (isUnknown(row) ? undefined : row.gross), total }),
    countColumn({
      id: "count",
      head: "Times",
      of: ({ count }) => count,
      isExtra: true,
      total: drivers.reduce((added, { count }) => added + count, 0),
    }),
    moneyColumn({ id: "one", head: "One costs", of: average, none: "–" }),
    countColumn({ id: "unpriced", head: "Unpriced", of: ({ unpriced }) => unpriced, isExtra: true }),
  ];
}

function isUnknown({ gross, unpriced }: Driver): boolean {
  return gross === 0n && unpriced > 0;
}

/** Those without a price would make it less than it is. */
function average({ gross, count, unpriced }: Driver): bigint | undefined {
  return unpriced > 0 ? undefined : divideMoney(gross, count);
}
