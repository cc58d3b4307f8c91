import { useState } from "react";
import type { Budget, SetBudget } from "#contract";
import { useConnection } from "../api/connection.tsx";
import { Button } from "../elements/button.tsx";
import { Dialog, DialogFoot } from "../elements/dialog.tsx";
import { Labelled, SelectField, TextField } from "../elements/field.tsx";
import { Trouble } from "../elements/trouble.tsx";
import styles from "./budgets.module.css";
import { periods, readBudgetForm, shareFields, sharesOf } from "./read-budget-form.ts";
import { useChange } from "./use-change.ts";

interface BudgetFormFacts {
  /** The budget to change; a new one is made without it. */
  readonly before?: Budget;
  readonly onClose: () => void;
  readonly onSet: (set: SetBudget) => void;
}

export function BudgetDialog({ before, onClose, onSet }: BudgetFormFacts) {
  const { client } = useConnection();
  const { isBusy, error, run } = useChange();
  return (
    <Dialog title={before === undefined ? "New budget" : `Change ${before.id}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const budget = readBudgetForm(new FormData(event.currentTarget), before);
          void run(() => client.setBudget(budget), onSet);
        }}
      >
        {before === undefined && <WhoseFields />}
        <LimitFields before={before} />
        <div className={styles.pair}>
          {shareFields.map(([action, label, preset]) => (
            <Labelled key={action} label={label} note={shareNotes[action]}>
              {(ids) => (
                <TextField
                  {...ids}
                  name={action}
                  inputMode="numeric"
                  placeholder="% of the limit"
                  defaultValue={before === undefined ? preset : sharesOf(before.at, action)}
                />
              )}
            </Labelled>
          ))}
        </div>
        {error !== undefined && <Trouble error={error} />}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="main" disabled={isBusy}>
            {before === undefined ? "Create the budget" : "Change the budget"}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

const shareNotes = {
  alert: "Somebody is told. Several with commas between.",
  clamp: "Answers get shorter where their route allows it.",
  degrade: "Where the route names one.",
  refuse: "Calls that do not fit are refused. Empty: never.",
} as const;

function WhoseFields() {
  const { status } = useConnection();
  const [isNamed, setNamed] = useState(false);
  return (
    <>
      <Labelled
        label="Whose calls"
        note="Names and values, such as team=support. A * opens one budget for each value: user=*. Empty: everything."
      >
        {(ids) => <TextField {...ids} name="scope" placeholder="team=support, user=*" maxLength={500} />}
      </Labelled>
      <div className={styles.pair}>
        <Labelled label="For each" note="By the calendar; a limit on what runs at once has none.">
          {(ids) => (
            <SelectField {...ids} name="per" defaultValue="month">
              {periods.map((period) => (
                <option key={period} value={period}>
                  {period === "total" ? "all time" : period}
                </option>
              ))}
            </SelectField>
          )}
        </Labelled>
        <Labelled label="In the time zone">
          {(ids) => <TextField {...ids} name="timezone" placeholder={status.timezone} maxLength={64} />}
        </Labelled>
      </div>
      {isNamed ? (
        <Labelled label="Name" note="Letters, digits and _ . : -">
          {(ids) => <TextField {...ids} name="name" maxLength={64} />}
        </Labelled>
      ) : (
        <Button look="quiet" onClick={() => setNamed(true)}>
          Give it a name of its own
        </Button>
      )}
    </>
  );
}

const units = [
  ["USD", "USD"],
  ["requests", "requests"],
  ["tokens", "tokens"],
  ["concurrent", "at once"],
] as const;

function LimitFields({ before }: { before: Budget | undefined }) {
  const [amount = "", unit = "USD"] = before?.limit_text.split(" ") ?? [];
  return (
    <Labelled label="Limit" note={before === undefined ? "What may be used in one period." : LOWERED}>
      {(ids) => (
        <div className={styles.amount}>
          <TextField {...ids} name="amount" inputMode="decimal" required defaultValue={amount} />
          {before === undefined ? (
            <SelectField name="unit" aria-label="Unit of the limit" defaultValue={unit}>
              {units.map(([name, says]) => (
                <option key={name} value={name}>
                  {says}
                </option>
              ))}
            </SelectField>
          ) : (
            <TextField name="unit" aria-label="Unit of the limit" value={unit} readOnly />
          )}
        </div>
      )}
    </Labelled>
  );
}

const LOWERED = "In force within a second. A lower one stops new calls; what is spent and held stays.";

interface Ending {
  readonly subject: Budget;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}

export function EndBudgetDialog({ subject, onClose, onEnded }: Ending) {
  const { client } = useConnection();
  const { isBusy, error, run } = useChange();
  return (
    <Dialog title={`End ${subject.id}`} onClose={onClose}>
      <p>
        Within a second, calls are no longer held to this limit. Other budgets go on. What was spent stays in the
        ledger; if the budget is made again, it counts from then on.
      </p>
      {error !== undefined && <Trouble error={error} />}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="danger"
          disabled={isBusy}
          onClick={() => void run(() => client.setBudget({ id: subject.id, limit: null }), onEnded)}
        >
          End the budget
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
