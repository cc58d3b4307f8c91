import { useState } from "react";
import type { CreatedKey, Key, NewKey } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { Button } from "../elements/button.tsx";
import { Dialog, DialogFoot } from "../elements/dialog.tsx";
import { type FieldIds, Labelled, SelectField, TextField } from "../elements/field.tsx";
import { Trouble } from "../elements/trouble.tsx";
import { Confirm } from "./confirm.tsx";
import { readNewKey } from "./read-new-key.ts";
import styles from "./keys.module.css";
import { useChange } from "./use-change.ts";

interface Creating {
  readonly onClose: () => void;
  readonly onCreated: (created: CreatedKey) => void;
}

const lives = [
  ["", "Never"],
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
] as const;

export function NewKeyDialog({ onClose, onCreated }: Creating) {
  const { client, now } = useConnection();
  const { isBusy, error, run } = useChange();
  const create = (form: FormData) => {
    const key: NewKey = readNewKey(form, now());
    void run(() => client.createKey(key), onCreated);
  };
  return (
    <Dialog title="New key" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create(new FormData(event.currentTarget));
        }}
      >
        <Labelled label="Name" note="For people. What it is used for, or by whom.">
          {(ids) => text(ids, { name: "name", placeholder: "support-production" })}
        </Labelled>
        <div className={styles.pair}>
          <Labelled label="Team" note="Every call with it is booked on this team.">
            {(ids) => text(ids, { name: "team", placeholder: "any" })}
          </Labelled>
          <Labelled label="Feature" note="And on this feature, whatever a header says.">
            {(ids) => text(ids, { name: "feature", placeholder: "any" })}
          </Labelled>
          <Labelled label="Customer">{(ids) => text(ids, { name: "customer", placeholder: "any" })}</Labelled>
          <Labelled label="Environment">{(ids) => text(ids, { name: "environment", placeholder: "any" })}</Labelled>
        </div>
        <Labelled label="Models" note="Names with commas between; a * at the end matches any rest. All when empty.">
          {(ids) => text(ids, { name: "models", placeholder: "support, openai/*" })}
        </Labelled>
        <LimitFields />
        <Labelled label="Expires">
          {(ids) => (
            <SelectField {...ids} name="days" defaultValue="">
              {lives.map(([days, says]) => (
                <option key={days} value={days}>
                  {says}
                </option>
              ))}
            </SelectField>
          )}
        </Labelled>
        {error !== undefined && <Trouble error={error} />}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="main" disabled={isBusy}>
            Create the key
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** What one call with the key may be. What it may spend in a period is a budget. */
function LimitFields() {
  return (
    <>
      <div className={styles.pair}>
        <Labelled label="Output tokens at most" note="For one call; one that asks for no cap gets this.">
          {(ids) => <TextField {...ids} name="max_output_tokens" inputMode="numeric" placeholder="any" />}
        </Labelled>
        <Labelled label="Input tokens at most" note="A larger call is refused.">
          {(ids) => <TextField {...ids} name="max_context" inputMode="numeric" placeholder="any" />}
        </Labelled>
      </div>
      <label className={styles.check}>
        <input type="checkbox" name="require_interaction" /> Calls must name their interaction, so that its budget holds
        for a whole run
      </label>
    </>
  );
}

function text(ids: FieldIds, facts: { name: string; placeholder: string }) {
  return <TextField {...ids} {...facts} maxLength={128} />;
}

const overlaps = [
  ["86400", "For a day"],
  ["3600", "For an hour"],
  ["604800", "For a week"],
  ["0", "Not at all: end it at once"],
] as const;

export function RotateDialog({ subject, onClose, onCreated }: Creating & { subject: Key }) {
  const { client } = useConnection();
  const { isBusy, error, run } = useChange();
  const [overlap, setOverlap] = useState<string>(overlaps[0][0]);
  return (
    <Dialog title={`Rotate ${subject.name}`} onClose={onClose}>
      <p>A new key with the same name, attribution and models is made, and its secret is shown once.</p>
      <Labelled label="The old secret stays good">
        {(ids) => (
          <SelectField {...ids} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
            {overlaps.map(([seconds, says]) => (
              <option key={seconds} value={seconds}>
                {says}
              </option>
            ))}
          </SelectField>
        )}
      </Labelled>
      <Confirm
        error={error}
        onClose={onClose}
        button={
          <Button
            look="main"
            disabled={isBusy}
            onClick={() => void run(() => client.rotateKey(subject.id, Number(overlap)), onCreated)}
          >
            Rotate the key
          </Button>
        }
      />
    </Dialog>
  );
}

interface Revoking {
  readonly subject: Key;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
}

export function RevokeDialog({ subject, onClose, onRevoked }: Revoking) {
  const { client } = useConnection();
  const { isBusy, error, run } = useChange();
  return (
    <Dialog title={`Revoke ${subject.name}`} onClose={onClose}>
      <p>
        Within a second, calls with the secret that ends in <code>{subject.hint}</code> are refused with 401. Calls that
        are running end as they would have. What it has spent stays in the ledger. This cannot be undone.
      </p>
      <Confirm
        error={error}
        onClose={onClose}
        button={
          <Button
            look="danger"
            disabled={isBusy}
            onClick={() => void run(() => client.revokeKey(subject.id), onRevoked)}
          >
            Revoke the key
          </Button>
        }
      />
    </Dialog>
  );
}
