/** Questions about whose the money of a month is. A month that is closed never changes; the open one moves slowly. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Client, type ExplainQuestion } from "./client.ts";

const FRESH_MS = 20_000;

export function allocationQuery(client: Client, question: { readonly month: string; readonly by: string }) {
  return queryOptions({
    queryKey: ["allocation", question],
    queryFn: ({ signal }) => client.allocation(question, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function explanationQuery(client: Client, question: ExplainQuestion) {
  return queryOptions({
    queryKey: ["explanation", question],
    queryFn: ({ signal }) => client.explanation(question, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function statementQuery(client: Client, question: { readonly team: string; readonly month: string }) {
  return queryOptions({
    queryKey: ["statement", question],
    queryFn: ({ signal }) => client.statement(question, signal),
    staleTime: FRESH_MS,
  });
}

export function moneyFlowQuery(client: Client, month: string) {
  return queryOptions({
    queryKey: ["money-flow", month],
    queryFn: ({ signal }) => client.moneyFlow(month, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}
