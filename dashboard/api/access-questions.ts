/** Who may use these pages, and who changed what, each question as one cache entry. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Client } from "./client.ts";

export function tokensQuery(client: Client, cursor: string | undefined) {
  return queryOptions({
    queryKey: ["tokens", cursor],
    queryFn: ({ signal }) => client.tokens(cursor, signal),
    placeholderData: keepPreviousData,
  });
}

export function auditQuery(client: Client, question: { readonly limit: number; readonly cursor: string | undefined }) {
  return queryOptions({
    queryKey: ["audit", question],
    queryFn: ({ signal }) => client.audit(question, signal),
    placeholderData: keepPreviousData,
  });
}
