import { type ReactNode } from "react";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { Button } from "./button.tsx";
import styles from "./nothing-here.module.css";

/** Why nothing of a range is listed: there was nothing, or the filters let nothing through, which can be undone here. */
export function NothingHere({ children = "No calls in this range." }: { children?: ReactNode }) {
  const address = useAddress();
  const change = useChangeAddress();
  if (Object.keys(address.filters).length === 0) return children;
  return (
    <span className={styles.line}>
      The filters let nothing through in this range.
      <Button onClick={() => change({ ...address, filters: {}, page: { ...address.page, cursor: "" } })}>
        Clear filters
      </Button>
    </span>
  );
}
