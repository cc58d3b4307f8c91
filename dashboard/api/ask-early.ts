import { type QueryClient } from "@tanstack/react-query";
import { parseSearch, readAddress } from "../address/address.ts";
import { type Client } from "./client.ts";
import { interactionQuery } from "./questions.ts";

const INTERACTION = /^\/interactions\/([^/]+)$/;

/** Asks what the page of one interaction will ask, beside the status that all pages wait for. What fails is asked again there. */
export function askEarly(cache: QueryClient, client: Client, { pathname, search }: Location): void {
  const written = INTERACTION.exec(pathname)?.[1];
  if (written === undefined) return;
  try {
    const { tenant } = readAddress(parseSearch(search)).page;
    void cache.prefetchQuery(interactionQuery(client, { interaction: decodeURIComponent(written), tenant }));
  } catch {
    // No name is written like this: the page says so.
  }
}
