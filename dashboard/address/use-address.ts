import { useLocation, useNavigate } from "@tanstack/react-router";
import { createContext, use, useCallback, useEffect, useMemo, useState } from "react";
import { useConnection } from "../api/connection.tsx";
import { type Address, parseSearch, readAddress, writeAddress } from "./address.ts";
import { type Period, presetFor, presets, resolveRange, type TimeRange } from "./time-range.ts";

export function useAddress(): Address {
  const text = useLocation({ select: (location) => location.searchStr });
  return useMemo(() => readAddress(parseSearch(text)), [text]);
}

declare module "@tanstack/react-router" {
  interface HistoryState {
    readonly isTurned?: boolean;
  }
}

interface ChangeOptions {
  readonly replace?: boolean;
  /** From a page of a list to the next, so that the one before is a step back. */
  readonly isTurned?: boolean;
}

/** Changes the URL of the page that is open; a step of its own in the history unless it replaces one. */
export function useChangeAddress(): (address: Address, options?: ChangeOptions) => void {
  const navigate = useNavigate();
  return useCallback(
    (address, { replace = false, isTurned = false } = {}) =>
      void navigate({ to: ".", search: writeAddress(address), replace, resetScroll: false, state: { isTurned } }),
    [navigate],
  );
}

/** Whether the page before this one in its list is a step back. Whoever came by a link was never there. */
export function useIsTurned(): boolean {
  return useLocation({ select: ({ state }) => state.isTurned === true });
}

/** The range in the URL, or the one that suits the ledger's age when nobody has chosen yet. */
export function useRange(): TimeRange {
  const { range } = useAddress();
  const { status, now } = useConnection();
  const [atFirst] = useState((): TimeRange => {
    const firstAt = status.ledger.first_at;
    return {
      type: "last",
      preset: presetFor({ firstAt: firstAt === undefined ? undefined : Date.parse(firstAt), now: now() }),
    };
  });
  return range ?? atFirst;
}

const PeriodContext = createContext<Period | undefined>(undefined);
/** One period for the whole page, so that all its parts speak of the same moment. */
export const PeriodProvider = PeriodContext.Provider;

export function usePeriod(): Period {
  const period = use(PeriodContext);
  if (period === undefined) throw new Error("every page stands inside one period");
  return period;
}

/** The range at this moment. A range that ends now moves on with the time, while the page can be seen. */
export function useMovingPeriod(): Period {
  const range = useRange();
  const { now, status } = useConnection();
  const everyMs = range.type === "last" ? refreshMs(presets[range.preset].span) : undefined;
  const tick = useTick(everyMs);
  return useMemo(() => {
    void tick;
    return resolveRange(range, { now: now(), timezone: status.timezone });
  }, [range, now, status.timezone, tick]);
}

function refreshMs(spanMs: number): number {
  if (spanMs <= 3_600_000) return 5_000;
  return spanMs <= 86_400_000 ? 20_000 : 60_000;
}

/** A number that grows every so often, at once when the page comes back into view, and never while it is hidden. */
export function useTick(everyMs: number | undefined): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const step = () => {
      if (document.visibilityState === "visible") setTick((count) => count + 1);
    };
    const timer = setInterval(step, everyMs);
    document.addEventListener("visibilitychange", step);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", step);
    };
  }, [everyMs]);
  return tick;
}
