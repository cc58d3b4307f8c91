import { useState } from "react";

/** Runs one change at a time and keeps what went wrong with it. */
export function useChange() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async <Answer>(change: () => Promise<Answer>, done: (answer: Answer) => void) => {
    setBusy(true);
    setError(undefined);
    try {
      done(await change());
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return { isBusy, error, run };
}
