/** Turns the pages of a list that is of no range. Which one is open stands in the URL, so that a link shows it to others. */
import { useEffect, useRef } from "react";
import { type PageFields } from "../address/address.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { Button } from "./button.tsx";
import styles from "./pager.module.css";

interface ListPagerFacts {
  readonly label: string;
  /** Of the page after the one that is shown; absent where it is the last. */
  readonly next: string | undefined;
  /** What leads to the page after it: `More keys`. */
  readonly more: string;
  readonly first?: string;
  /** The field of the URL; two lists of one page have two. */
  readonly field?: keyof PageFields & ("cursor" | "tokens");
}

export function ListPager({ label, next, more, first = "First page", field = "cursor" }: ListPagerFacts) {
  const address = useAddress();
  const change = useChangeAddress();
  const frame = useRef<HTMLElement>(null);
  const hasTurned = useRef(false);
  const { [field]: cursor, ...others } = address.page;
  const turn = (page: PageFields) => {
    hasTurned.current = true;
    change({ ...address, page });
  };
  useEffect(() => {
    if (!hasTurned.current) return;
    const list = frame.current?.closest("section");
    if (list === null || list === undefined) scrollTo({ top: 0 });
    else list.scrollIntoView();
  }, [cursor]);
  // What was pressed is gone from the last page, once its rows are there: the focus stays where the pages are turned.
  useEffect(() => {
    if (!hasTurned.current) return;
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
    hasTurned.current = frame.current?.contains(document.activeElement) === true;
  });
  if (cursor === undefined && next === undefined) return null;
  return (
    <nav ref={frame} className={styles.pager} aria-label={label} tabIndex={-1}>
      {cursor !== undefined && <Button onClick={() => turn(others)}>{first}</Button>}
      {next !== undefined && <Button onClick={() => turn({ ...others, [field]: next })}>{more}</Button>}
    </nav>
  );
}
