/** Each question as one cache entry. An answer stays on the screen while the next one is on its way. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  type BudgetQuestion,
  type CallQuestion,
  type Client,
  type GroupedQuestion,
  type InteractionName,
  type InteractionStep,
  type PriceQuestion,
  type TagQuestion,
} from "./client.ts";
import { ProblemError } from "./problem-error.ts";

// A moving range makes a new entry at every step; old ones are of no use.
const BRIEFLY_MS = 60_000;

/** Rows of another grouping have no names for this one, and would stand there as nobody's. */
function alike({ by }: GroupedQuestion) {
  return <Answer>(
    answer: Answer | undefined,
    query: { readonly queryKey: readonly [string, GroupedQuestion] } | undefined,
  ): Answer | undefined => (query?.queryKey[1].by.join() === by.join() ? answer : undefined);
}

export function spendQuery(client: Client, question: GroupedQuestion) {
  return queryOptions({
    queryKey: ["spend", question],
    queryFn: ({ signal }) => client.spend(question, signal),
    placeholderData: alike(question),
    gcTime: BRIEFLY_MS,
  });
}

export function tagsQuery(client: Client, question: TagQuestion) {
  return queryOptions({
    queryKey: ["tags", question],
    queryFn: ({ signal }) => client.tags(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}

export function latencyQuery(client: Client, question: GroupedQuestion) {
  return queryOptions({
    queryKey: ["latency", question],
    queryFn: ({ signal }) => client.latency(question, signal),
    placeholderData: alike(question),
    gcTime: BRIEFLY_MS,
  });
}

export function errorsQuery(client: Client, question: GroupedQuestion) {
  return queryOptions({
    queryKey: ["errors", question],
    queryFn: ({ signal }) => client.errors(question, signal),
    placeholderData: alike(question),
    gcTime: BRIEFLY_MS,
  });
}

export function callsQuery(client: Client, question: CallQuestion) {
  return queryOptions({
    queryKey: ["calls", question],
    queryFn: ({ signal }) => client.calls(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}

export function callQuery(client: Client, call: string) {
  return queryOptions({ queryKey: ["call", call], queryFn: ({ signal }) => client.call(call, signal) });
}

export function stepEntriesQuery(client: Client, step: InteractionStep) {
  return queryOptions({
    queryKey: ["entries", step],
    queryFn: ({ signal }) => client.entriesOfStep(step, signal),
    gcTime: BRIEFLY_MS,
  });
}

export function interactionQuery(client: Client, name: InteractionName) {
  return queryOptions({
    queryKey: ["interaction", name],
    queryFn: ({ signal }) => client.interaction(name, signal),
  });
}

/** Whose interactions have the id that was asked for, where several do. */
export function tenantsIn(error: unknown): readonly string[] {
  const problem = error instanceof ProblemError ? error.problem : undefined;
  if (problem?.code !== "ambiguous_interaction") return [];
  return (problem.fields ?? []).flatMap(({ path, detail }) => (path === "tenant" ? [detail] : []));
}

export function interactionEntriesQuery(client: Client, name: InteractionName) {
  return queryOptions({
    queryKey: ["interaction entries", name],
    queryFn: ({ signal }) => client.entriesOfInteraction(name, signal),
    gcTime: BRIEFLY_MS,
  });
}

export function pricesQuery(client: Client, question: PriceQuestion) {
  return queryOptions({
    queryKey: ["prices", question],
    queryFn: ({ signal }) => client.prices(question, signal),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
}

/** Of the first page, which has them all; its rows are not looked at. */
export function stepRatesQuery(client: Client) {
  return pricesQuery(client, { model: "", limit: "1" });
}

export function keysQuery(client: Client, cursor: string | undefined) {
  return queryOptions({
    queryKey: ["keys", cursor],
    queryFn: ({ signal }) => client.keys(cursor, signal),
    placeholderData: keepPreviousData,
  });
}

// The gateway tells once a second what is spent; asking more often shows nothing new.
const LIVE_MS = 2_000;

export function budgetsQuery(client: Client, question: BudgetQuestion) {
  return queryOptions({
    queryKey: ["budgets", question],
    queryFn: ({ signal }) => client.budgets(question, signal),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
    gcTime: BRIEFLY_MS,
  });
}

export function budgetQuery(client: Client, budget: string, values: string | undefined) {
  return queryOptions({
    queryKey: ["budget", budget, values],
    queryFn: ({ signal }) => client.budget(budget, values, signal),
    refetchInterval: LIVE_MS,
    gcTime: BRIEFLY_MS,
  });
}

// Counted anew every ten seconds at most.
export function slosQuery(client: Client) {
  return queryOptions({
    queryKey: ["slos"],
    queryFn: ({ signal }) => client.slos(signal),
    refetchInterval: 10_000,
    gcTime: BRIEFLY_MS,
  });
}

export function alertsQuery(client: Client, limit: number) {
  return queryOptions({
    queryKey: ["alerts", limit],
    queryFn: ({ signal }) => client.alerts(limit, signal),
    refetchInterval: 5_000,
    gcTime: BRIEFLY_MS,
  });
}
