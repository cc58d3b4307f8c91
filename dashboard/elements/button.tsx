import { type ComponentProps, type ReactNode, useEffect, useState } from "react";
import styles from "./button.module.css";

interface ButtonLook {
  readonly look?: "plain" | "main" | "danger" | "quiet";
}

export function Button({ look = "plain", className, ...rest }: ComponentProps<"button"> & ButtonLook) {
  return <button type="button" {...rest} className={`${styles.button} ${styles[look]} ${className ?? ""}`} />;
}

interface CopyFacts extends ButtonLook {
  readonly text: () => string;
  readonly children: ReactNode;
}

/** Copies text and says so for a moment. */
export function CopyButton({ text, children, look = "quiet" }: CopyFacts) {
  const [outcome, setOutcome] = useState<"copied" | "blocked" | undefined>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
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
    <Button look={look} onClick={copy}>
      <span aria-live="polite">{said}</span>
    </Button>
  );
}
