/** Interactions by what they cost, and what one of anything costs, each question as one cache entry. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Client, type GroupedQuestion, type InteractionQuestion } from "./client.ts";

const BRIEFLY_MS = 60_000;

export function interactionsQuery(client: Client, question: InteractionQuestion) {
  return queryOptions({
    queryKey: ["interactions", question],
    queryFn: ({ signal }) => client.interactions(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}

export function unitCostsQuery(client: Client, question: GroupedQuestion) {
  return queryOptions({
    queryKey: ["unit-costs", question],
    queryFn: ({ signal }) => client.unitCosts(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}
