/** What the dialogs of keys and tokens end with. */
import { type ReactNode } from "react";
import { Button, CopyButton } from "../elements/button.tsx";
import { Dialog, DialogFoot } from "../elements/dialog.tsx";
import { Trouble } from "../elements/trouble.tsx";
import styles from "./keys.module.css";

export function Confirm({ error, onClose, button }: { error: unknown; onClose: () => void; button: ReactNode }) {
  return (
    <>
      {error !== undefined && <Trouble error={error} />}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        {button}
      </DialogFoot>
    </>
  );
}

interface SecretFacts {
  readonly name: string;
  readonly secret: string;
  readonly onClose: () => void;
}

export function SecretDialog({ name, secret, onClose }: SecretFacts) {
  return (
    <Dialog title={`The secret of ${name}`} onClose={onClose} isFirm>
      <p>Copy it now. It is not kept and cannot be shown again.</p>
      <div className={styles.secret}>
        <code>{secret}</code>
        <CopyButton text={() => secret}>Copy</CopyButton>
      </div>
      <DialogFoot>
        <Button look="main" onClick={onClose}>
          I have copied it
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
