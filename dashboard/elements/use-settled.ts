import { useEffect, useState } from "react";

const TYPING_MS = 200;

/** What was typed, once nothing was added for a moment: the server is not asked for every letter. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    if (text === settled) return undefined;
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, settled]);
  return settled;
}
