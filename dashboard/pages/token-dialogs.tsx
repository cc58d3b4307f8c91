import type { CreatedToken, NewToken, Token } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { Button } from "../elements/button.tsx";
import { Dialog, DialogFoot } from "../elements/dialog.tsx";
import { Labelled, SelectField, TextField } from "../elements/field.tsx";
import { Trouble } from "../elements/trouble.tsx";
import { Confirm } from "./confirm.tsx";
import { useChange } from "./use-change.ts";

const DAY_MS = 86_400_000;

const roles = [
  ["viewer", "viewer: look at everything but access"],
  ["finance", "finance: and look after money"],
  ["admin", "admin: and after everything"],
] as const satisfies readonly (readonly [NewToken["role"], string])[];

const lives = [
  ["90", "In 90 days"],
  ["30", "In 30 days"],
  ["365", "In a year"],
  ["", "Never"],
] as const;

interface Creating {
  readonly onClose: () => void;
  readonly onCreated: (created: CreatedToken) => void;
}

export function NewTokenDialog({ onClose, onCreated }: Creating) {
  const { client, now } = useConnection();
  const { isBusy, error, run } = useChange();
  return (
    <Dialog title="New token" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const token = readNewToken(new FormData(event.currentTarget), now());
          void run(() => client.createToken(token), onCreated);
        }}
      >
        <Labelled
          label="Name"
          note="Letters, digits and _.:- only. It stands in the audit beside what is done with it."
        >
          {(ids) => <TextField {...ids} name="name" placeholder="finance-sheet" maxLength={64} required />}
        </Labelled>
        <Labelled label="Role">
          {(ids) => (
            <SelectField {...ids} name="role" defaultValue="viewer">
              {roles.map(([role, says]) => (
                <option key={role} value={role}>
                  {says}
                </option>
              ))}
            </SelectField>
          )}
        </Labelled>
        <Labelled label="Expires">
          {(ids) => (
            <SelectField {...ids} name="days" defaultValue="90">
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
            Create the token
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function readNewToken(form: FormData, now: number): NewToken {
  const name = form.get("name");
  const days = Number(form.get("days"));
  return {
    name: typeof name === "string" ? name.trim() : "",
    // What opens the least, should the choice ever hold something else.
    role: roles.find(([role]) => role === form.get("role"))?.[0] ?? "viewer",
    ...(days > 0 ? { expires_at: new Date(now + days * DAY_MS).toISOString() } : {}),
  };
}

interface Ending {
  readonly subject: Token;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}

export function EndTokenDialog({ subject: { name }, onClose, onEnded }: Ending) {
  const { client } = useConnection();
  const { isBusy, error, run } = useChange();
  return (
    <Dialog title={`End ${name}`} onClose={onClose}>
      <p>The token and every session that was opened with it end at once. This cannot be undone.</p>
      <Confirm
        error={error}
        onClose={onClose}
        button={
          <Button look="danger" disabled={isBusy} onClick={() => void run(() => client.endToken(name), onEnded)}>
            End the token
          </Button>
        }
      />
    </Dialog>
  );
}
