import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { SpendAnswer, SpendMoney } from "#contract";
import { type Filters } from "../address/address.ts";
import { type Period } from "../address/time-range.ts";
import { type Client } from "./client.ts";

export interface Breakdown {
  readonly series: SpendAnswer;
  readonly before: SpendAnswer | undefined;
  /** One answer for each dimension asked, in order. */
  readonly by: readonly SpendAnswer[];
}

interface BreakdownQuestion {
  readonly period: Period;
  readonly timezone: string;
  readonly filters: Filters;
  readonly by: readonly string[];
  readonly isCompared: boolean;
}

const STEPS_MAX = 5000;
const ROWS_MAX = 10_000;
const TRIES = 3;

/** All that one page says about a period. */
export function breakdownQuery(client: Client, question: BreakdownQuestion) {
  return queryOptions({
    queryKey: ["breakdown", question],
    queryFn: ({ signal }) => readBreakdown(client, question, signal),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

/**
 * The ledger moves while it is asked several questions. They are asked again until all of them speak of the same
 * entries, so that the parts of a page add up to its total.
 */
async function readBreakdown(client: Client, question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown> {
  let answer = await readOnce(client, question, signal);
  for (let tries = 1; tries < TRIES && !isConsistent(answer); tries += 1)
    answer = await readOnce(client, question, signal);
  return answer;
}

async function readOnce(client: Client, question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown> {
  const { period, timezone, filters, isCompared } = question;
  const ask = (by: readonly string[], span: { from: number; to: number }, limit: number) =>
    client.spend({ by, from: span.from, to: span.to, timezone, filters, limit }, signal);
  const [series, before, ...by] = await Promise.all([
    ask([period.unit], period, STEPS_MAX),
    isCompared ? ask([period.unit], period.before, STEPS_MAX) : undefined,
    ...question.by.map((name) => ask([name], period, ROWS_MAX)),
  ]);
  return { series, before, by };
}

function isConsistent({ series, by }: Breakdown): boolean {
  return by.every(({ total }) => fingerprint(total) === fingerprint(series.total));
}

function fingerprint({ gross_nanos, attempts, refused, in_doubt_nanos }: SpendMoney): string {
  return [gross_nanos, attempts, refused, in_doubt_nanos].join();
}
