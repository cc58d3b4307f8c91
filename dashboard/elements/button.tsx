import { type ComponentProps, useEffect, useState } from "react";
import styles from "./button.module.css";

interface ButtonLook {
  readonly look?: "plain" | "main" | "danger" | "quiet";
}

export function Button({ look = "plain", className, ...rest }: ComponentProps<"button"> & ButtonLook) {
  return <button type="button" {...rest} className={`${styles.button} ${styles[look]} ${className ?? ""}`} />;
}

/** Copies text and says so for a moment. */
export function CopyButton({ text, children }: { text: () => string; children: React.ReactNode }) {
  const [outcome, setOutcome] = useState<"copied" | "blocked" | undefined>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), 1800);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    navigator.clipboard.writeText(text()).then(
      () => setOutcome("copied"),
      () => setOutcome("blocked"),
    );
  };
  const said = outcome === "copied" ? "Copied" : outcome === "blocked" ? "Not allowed to copy" : children;
  return (
    <Button look="quiet" onClick={copy}>
      <span aria-live="polite">{said}</span>
    </Button>
  );
}
