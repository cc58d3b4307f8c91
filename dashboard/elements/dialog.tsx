import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import styles from "./dialog.module.css";

interface DialogFacts {
  readonly title: string;
  readonly children: ReactNode;
  readonly onClose: () => void;
  /** A dialog that holds something which is shown once is not closed by a slip. */
  readonly isFirm?: boolean;
}

/** Open for as long as it is rendered. The browser keeps the focus inside and gives it back. */
export function Dialog({ title, children, onClose, isFirm = false }: DialogFacts) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still in the document: the browser gives the focus back for no other.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!isFirm) onClose();
      }}
      onClick={(event) => !isFirm && event.target === dialog.current && onClose()}
    >
      <div className={styles.inside}>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className={styles.foot}>{children}</div>;
}
