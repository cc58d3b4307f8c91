import { type RefObject, useEffect, useRef } from "react";

/**
 * For a frame that can have the focus itself. When what had it inside goes away, as the button of a key that was revoked with it
 * does, the frame has it: from the top of the page a keyboard would begin again.
 */
export function useKeptFocus(frame: RefObject<HTMLElement | null>): void {
  const last = useRef<Node | undefined>(undefined);
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      if (target instanceof Node) last.current = frame.current?.contains(target) === true ? target : undefined;
    };
    // Not React's: it tells of no focus while it changes the page, and a dialog that closes gives the focus back just then.
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, [frame]);
  useEffect(() => {
    if (last.current?.isConnected !== false) return;
    last.current = undefined;
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  });
}
