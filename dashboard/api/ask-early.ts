import { type QueryClient } from "@tanstack/react-query";
import { type Client } from "./client.ts";
import { interactionQuery } from "./questions.ts";

const INTERACTION = /^\/interactions\/([^/]+)$/;

/** Asks what the page of one interaction will ask, beside the status that all pages wait for. What fails is asked again there. */
export function askEarly(cache: QueryClient, client: Client, path: string): void {
  const written = INTERACTION.exec(path)?.[1];
  if (written === undefined) return;
  try {
    void cache.prefetchQuery(interactionQuery(client, decodeURIComponent(written)));
  } catch {
    // No name is written like this: the page says so.
  }
}
