/** What a team's month cost, of what, and why it is not what the month before cost. */
import { type Statement } from "#contract";
import { assert } from "#std";
import { money } from "#units";
import { type Cell, totalOf } from "./allocation.ts";
import { isCorrection, isDirect, standingOf } from "./allocation-answer.ts";
import { type Standing } from "./standing.ts";
import { bridge, bridgeParts, type MonthCost, type Segment } from "./bridge.ts";
import { sumBy } from "./correct-closed.ts";

export interface StatementMonth {
  readonly standing: Standing;
  /** Read for the last two months only. */
  readonly calls: readonly Segment[];
}

/** `months` are consecutive, and the last is the statement's own. */
export function toStatement(team: string, months: readonly StatementMonth[]): Statement {
  const [before, now] = months.slice(-2);
  assert(before !== undefined && now !== undefined, "a statement compares two months");
  const [old, own] = [cellsOf(before, team), cellsOf(now, team)];
  const [costBefore, costNow] = [monthCost(old, before.calls), monthCost(own, now.calls)];
  const parts = bridge(costBefore, costNow);
  return {
    ...standingOf(now.standing),
    team,
    total_nanos: totalOf(own).toString(),
    before_nanos: totalOf(old).toString(),
    before: before.standing.allocation.month,
    layers: layersOf(own, old),
    bridge: bridgeParts.map((part) => ({ part, nanos: parts[part].toString() })),
    drivers: {
      calls: sumOf(now, "calls"),
      tokens: sumOf(now, "tokens"),
      calls_before: sumOf(before, "calls"),
      tokens_before: sumOf(before, "tokens"),
    },
    trend: months.map((month) => ({
      month: month.standing.allocation.month,
      total_nanos: totalOf(cellsOf(month, team)).toString(),
      state: standingOf(month.standing).state,
    })),
  };
}

function cellsOf({ standing }: StatementMonth, team: string): readonly Cell[] {
  return standing.allocation.cells.team.filter(({ value }) => value === team);
}

function monthCost(cells: readonly Cell[], segments: readonly Segment[]): MonthCost {
  const direct = totalOf(cells.filter(isDirect));
  const calls = segments.reduce((sum, { cost }) => sum + cost, 0n);
  return { segments, work: money(direct - calls), shared: money(totalOf(cells) - direct) };
}

function layersOf(own: readonly Cell[], old: readonly Cell[]): Statement["layers"] {
  const before = new Map(sumBy(old, ({ layer }) => layer));
  const totals = new Map(sumBy(own, ({ layer }) => layer));
  const gone = [...before.keys()].filter((layer) => !totals.has(layer));
  return [...totals.keys(), ...gone].map((layer) => {
    const cells = own.filter((cell) => cell.layer === layer);
    const [total, direct, corrected] = [
      totalOf(cells),
      totalOf(cells.filter(isDirect)),
      totalOf(cells.filter(isCorrection)),
    ];
    return {
      layer,
      direct_nanos: direct.toString(),
      shared_nanos: (total - direct - corrected).toString(),
      corrected_nanos: corrected.toString(),
      total_nanos: total.toString(),
      before_nanos: (before.get(layer) ?? 0n).toString(),
    };
  });
}

function sumOf({ calls }: StatementMonth, name: "calls" | "tokens"): string {
  return calls.reduce((sum, segment) => sum + segment[name], 0n).toString();
}
