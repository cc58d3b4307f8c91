import { type Config, type RouteHold, routeHolds } from "#config";
import { type Instant } from "#units";
import { buildPrices } from "./compile.ts";

/** What a budget would set aside for one call of each route, at today's prices. */
export async function holdsOfRoutes(config: Config, at: Instant): Promise<readonly RouteHold[]> {
  return routeHolds(config, { prices: await buildPrices(config), at });
}
