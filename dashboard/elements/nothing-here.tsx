import { type ReactNode } from "react";
import { useAddress } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { Go } from "./go.tsx";

/**
 * Why nothing of a range is listed: nothing was ever booked, there was nothing, or the filters let nothing through. The
 * one button that clears them stands with them; a page may say this of each of its tables.
 */
export function NothingHere({ children = "No calls in this range." }: { children?: ReactNode }) {
  const address = useAddress();
  const { status } = useConnection();
  if (Object.keys(address.filters).length > 0)
    return "The filters let nothing through in this range. Clear them, or choose a longer range.";
  if (status.ledger.entries > 0) return children;
  return (
    <>
      Nothing is booked yet. The <Go to={{ page: "overview" }}>overview</Go> has the lines that bring the first call.
    </>
  );
}
