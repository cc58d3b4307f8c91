/** What every page may use once the status is known: the client, the book's currency and zone, and the server's clock. */
import { createContext, use } from "react";
import type { Status } from "#contract";
import { createMoments, type Moments } from "../format/moment.ts";
import { formatMoney, formatMoneyExact } from "../format/money.ts";
import { type Client } from "./client.ts";

export interface Connection {
  readonly client: Client;
  readonly status: Status;
  /** When the status was answered, by the server's clock, and whether later questions were not. */
  readonly answeredAt: string;
  readonly isAway: boolean;
  /** The server's time: what "now" means on every page, whatever this machine's clock says. */
  readonly now: () => number;
  readonly moments: Moments;
  readonly money: (nanos: bigint | string) => string;
  readonly moneyExact: (nanos: bigint | string) => string;
}

const ConnectionContext = createContext<Connection | undefined>(undefined);
export const ConnectionProvider = ConnectionContext.Provider;

export function useConnection(): Connection {
  const connection = use(ConnectionContext);
  if (connection === undefined) throw new Error("no page is shown before the status is known");
  return connection;
}

/** How a book speaks. Made anew only when its currency, zone or clock change, so that charts can rely on it. */
export function createSpeech({ currency, timezone, skewMs }: { currency: string; timezone: string; skewMs: number }) {
  const now = () => Date.now() + skewMs;
  return {
    now,
    moments: createMoments({ timezone, now }),
    money: (nanos: bigint | string) => formatMoney(nanos, currency),
    moneyExact: (nanos: bigint | string) => formatMoneyExact(nanos, currency),
  };
}

const SKEW_STEP_MS = 5_000;

/** How far the server's clock is ahead of this machine's, in steps that the time of an answer on its way cannot move. */
export function clockSkew(serverNow: string): number {
  return Math.round((Date.parse(serverNow) - Date.now()) / SKEW_STEP_MS) * SKEW_STEP_MS;
}
