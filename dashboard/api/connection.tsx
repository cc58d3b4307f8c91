/** What every page may use once the status is known: the client, the book's currency and zone, and the server's clock. */
import { createContext, use } from "react";
import { type Status } from "#contract";
import { createMoments, type Moments } from "../format/moment.ts";
import { formatMoney, formatMoneyExact } from "../format/money.ts";
import { type Client } from "./client.ts";

export interface Connection {
  readonly client: Client;
  readonly status: Status;
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

/** `skewMs` is how far the server's clock is ahead of this machine's. */
export function connect({ client, status, skewMs }: { client: Client; status: Status; skewMs: number }): Connection {
  const now = () => Date.now() + skewMs;
  return {
    client,
    status,
    now,
    moments: createMoments({ timezone: status.timezone, now }),
    money: (nanos) => formatMoney(nanos, status.currency),
    moneyExact: (nanos) => formatMoneyExact(nanos, status.currency),
  };
}
