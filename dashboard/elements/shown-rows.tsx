/** Of a long table what two screens hold, more when the reader comes near their end, and the rest when asked. */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { group } from "../format/money.ts";
import { Button } from "./button.tsx";

/** Two screens of a laptop: a row is made in a tenth of a millisecond, and laid out in another. */
const SHOWN_AT_FIRST = 60;
/** One page of a list, and some: what turns the page stands below it, and may not move away from under a click. */
const SHOWN_WHOLE = 115;
/** No more by themselves: what stands below the table would go away from whoever scrolls to it. */
const SHOWN_WHEN_NEAR = 260;

/** How many of so many rows to show now, and what stands below them while that is not all. */
export function useShownRows(total: number, what: string): readonly [shown: number, more: React.ReactNode] {
  const [wanted, setWanted] = useState(SHOWN_AT_FIRST);
  // A button for three rows would take more room than they do.
  const shown = total <= SHOWN_WHOLE || total <= wanted + SHOWN_AT_FIRST / 4 ? total : wanted;
  if (shown === total) return [shown, undefined];
  const more = (
    <MoreRows onNear={() => setWanted(Math.max(wanted, SHOWN_WHEN_NEAR))} onAll={() => setWanted(total)}>
      Show all {group(total)} {what}
    </MoreRows>
  );
  return [shown, more];
}

interface MoreFacts {
  readonly onNear: () => void;
  readonly onAll: () => void;
  readonly children: React.ReactNode;
}

function MoreRows({ onNear, onAll, children }: MoreFacts) {
  const place = useRef<HTMLDivElement>(null);
  const showMore = useEffectEvent(onNear);
  // A printed page has nobody who scrolls.
  const showAll = useEffectEvent(() => flushSync(onAll));
  useEffect(() => {
    if (place.current === null) return undefined;
    const watch = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) showMore();
      },
      { rootMargin: "50% 0px" },
    );
    watch.observe(place.current);
    const print = () => showAll();
    window.addEventListener("beforeprint", print);
    return () => {
      watch.disconnect();
      window.removeEventListener("beforeprint", print);
    };
  }, []);
  return (
    <div ref={place}>
      <Button onClick={onAll}>{children}</Button>
    </div>
  );
}
