import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "./button.tsx";
import styles from "./dropdown.module.css";

interface DropdownFacts {
  readonly label: ReactNode;
  readonly name: string;
  readonly children: (close: () => void) => ReactNode;
  readonly onClose?: () => void;
}

/** A button with a panel below it. Escape, a click outside and leaving it with Tab close it. */
export function Dropdown({ label, name, children, onClose }: DropdownFacts) {
  const [isOpen, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    onClose?.();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = (event: Event) => {
      if (event.target instanceof Node && frame.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [isOpen]);
  return (
    <div
      ref={frame}
      className={styles.frame}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
        button.current?.focus();
      }}
    >
      <Button ref={button} aria-expanded={isOpen} aria-controls={id} title={name} onClick={() => setOpen(!isOpen)}>
        {label}
        <span aria-hidden="true">▾</span>
      </Button>
      {isOpen && (
        <div id={id} ref={keepInside} className={styles.panel} role="group" aria-label={name}>
          {children(() => {
            close();
            button.current?.focus();
          })}
        </div>
      )}
    </div>
  );
}

/** A panel that would leave the window on the right hangs from the right edge of its button instead. */
function keepInside(panel: HTMLElement | null): void {
  if (panel !== null && panel.getBoundingClientRect().right > document.documentElement.clientWidth - 8)
    panel.dataset["side"] = "end";
}

export { styles as dropdownStyles };
