/** What costs are worth: targets, margins and returns, each question as one cache entry. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Client, type GroupedQuestion, type Span } from "./client.ts";

const BRIEFLY_MS = 60_000;

// Counted anew every ten seconds at most.
export function targetsQuery(client: Client) {
  return queryOptions({
    queryKey: ["targets"],
    queryFn: ({ signal }) => client.targets(signal),
    refetchInterval: 10_000,
    gcTime: BRIEFLY_MS,
  });
}

export function marginsQuery(client: Client, question: Pick<GroupedQuestion, "from" | "to" | "filters">) {
  return queryOptions({
    queryKey: ["margins", question],
    queryFn: ({ signal }) => client.margins(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}

export function returnsQuery(client: Client, question: Span & { readonly feature: string }) {
  return queryOptions({
    queryKey: ["returns", question],
    queryFn: ({ signal }) => client.returns(question, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}
