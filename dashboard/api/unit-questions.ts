/** Interactions by what they cost, and what one of anything costs, each question as one cache entry. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { askPage } from "./ask-page.ts";
import { type Client, type GroupedQuestion, type InteractionQuestion } from "./client.ts";

const BRIEFLY_MS = 60_000;

/** A page of them, with the times that it is of: the next one is of the same. */
export function interactionsQuery(client: Client, question: InteractionQuestion) {
  const { cursor, from, to } = question;
  return queryOptions({
    queryKey: ["interactions", question],
    queryFn: async ({ signal }) => ({
      ...(await askPage((at) => client.interactions({ ...question, cursor: at }, signal), cursor)),
      shown: { from, to },
    }),
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
