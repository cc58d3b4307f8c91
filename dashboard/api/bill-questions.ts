/** Questions about costs from outside and about what providers report. They move slowly: imports and reports come by the hour. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type BillRowQuestion, type Client } from "./client.ts";

const FRESH_MS = 20_000;

export function billTotalsQuery(client: Client, month: string) {
  return queryOptions({
    queryKey: ["bill-totals", month],
    queryFn: ({ signal }) => client.billTotals(month, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function billRowsQuery(client: Client, question: BillRowQuestion) {
  return queryOptions({
    queryKey: ["bill-rows", question],
    queryFn: ({ signal }) => client.billRows(question, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function importsQuery(client: Client, cursor: string | undefined) {
  return queryOptions({
    queryKey: ["imports", cursor],
    queryFn: ({ signal }) => client.imports(cursor, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}

export function commitmentsQuery(client: Client) {
  return queryOptions({
    queryKey: ["commitments"],
    queryFn: ({ signal }) => client.commitments(signal),
    staleTime: FRESH_MS,
  });
}

export function reconciliationsQuery(client: Client, range: { readonly from: string; readonly to: string }) {
  return queryOptions({
    queryKey: ["reconciliations", range],
    queryFn: ({ signal }) => client.reconciliations(range, signal),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

export function reportsQuery(client: Client) {
  return queryOptions({
    queryKey: ["reports"],
    queryFn: ({ signal }) => client.reports(signal),
    refetchInterval: 10_000,
  });
}
