import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Client, type Span } from "./client.ts";

const BRIEFLY_MS = 60_000;

/** The range moves with the clock where it ends now, and the question with it. */
export function metersQuery(client: Client, span: Span) {
  return queryOptions({
    queryKey: ["meters", span],
    queryFn: ({ signal }) => client.meters(span, signal),
    placeholderData: keepPreviousData,
    gcTime: BRIEFLY_MS,
  });
}
