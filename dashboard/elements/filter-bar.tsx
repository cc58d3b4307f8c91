import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type FilterDimension, filterDimensions, onFirstPage, withFilter } from "../address/address.ts";
import { useAddress, useChangeAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { spendQuery } from "../api/questions.ts";
import { sayStart } from "../format/words.ts";
import { Button } from "./button.tsx";
import { Dropdown, dropdownStyles as styles } from "./dropdown.tsx";
import { TextField } from "./field.tsx";
import bar from "./filter-bar.module.css";

/** What is let through: values of one dimension are OR, dimensions are AND. Always in the URL. */
export function FilterBar() {
  const address = useAddress();
  const change = useChangeAddress();
  const [chosen, setChosen] = useState<FilterDimension | undefined>();
  const active = filterDimensions.filter((name) => address.filters[name] !== undefined);
  return (
    <div className={bar.bar} role="group" aria-label="Filters">
      {active.map((name) => (
        <span key={name} className={bar.chip}>
          <Dropdown label={<Chip name={name} values={address.filters[name] ?? []} />} name={`Filter by ${name}`}>
            {() => <Values name={name} />}
          </Dropdown>
          <button
            type="button"
            className={bar.remove}
            aria-label={`Remove the filter by ${name}`}
            onClick={() => change(onFirstPage({ ...address, filters: withFilter(address, name, []).filters }))}
          >
            ×
          </button>
        </span>
      ))}
      <Dropdown label="Filter" name="Add a filter" onClose={() => setChosen(undefined)}>
        {() =>
          chosen === undefined ? (
            filterDimensions.map((name) => (
              <button key={name} type="button" className={styles.item} onClick={() => setChosen(name)}>
                <span>{sayStart(name)}</span>
              </button>
            ))
          ) : (
            <>
              <button type="button" className={styles.item} onClick={() => setChosen(undefined)}>
                <span>← {sayStart(chosen)}</span>
              </button>
              <Values name={chosen} />
            </>
          )
        }
      </Dropdown>
      {active.length > 0 && (
        <Button look="quiet" onClick={() => change(onFirstPage({ ...address, filters: {} }))}>
          Clear filters
        </Button>
      )}
    </div>
  );
}

function Chip({ name, values }: { name: string; values: readonly string[] }) {
  const [first, ...others] = values;
  return (
    <>
      {sayStart(name)}: <b className={bar.value}>{first}</b>
      {others.length > 0 && `+ ${others.length}`}
    </>
  );
}

function Values({ name }: { name: FilterDimension }) {
  const address = useAddress();
  const change = useChangeAddress();
  const period = usePeriod();
  const { client, status, money } = useConnection();
  const [part, setPart] = useState("");
  const { [name]: chosen = [], ...others } = address.filters;
  const {
    data: answer,
    isPending,
    isError,
  } = useQuery(
    spendQuery(client, {
      by: [name],
      from: period.from,
      to: period.to,
      timezone: status.timezone,
      filters: others,
      limit: 2000,
    }),
  );
  const found = (answer?.rows ?? [])
    .map((row) => ({ value: row.dimensions[name] ?? "", nanos: row.gross_nanos }))
    .toSorted((a, b) => (BigInt(a.nanos) < BigInt(b.nanos) ? 1 : -1));
  const absent = chosen.filter((value) => !found.some((row) => row.value === value));
  const rows = [...absent.map((value) => ({ value, nanos: undefined })), ...found].filter(({ value }) =>
    value.toLowerCase().includes(part.toLowerCase()),
  );
  const toggle = (value: string) => {
    const values = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    change(onFirstPage({ ...address, filters: withFilter(address, name, values).filters }));
  };
  return (
    <>
      <div className={styles.field}>
        <TextField
          autoFocus
          placeholder={`Find a ${name}`}
          value={part}
          onChange={(event) => setPart(event.target.value)}
        />
      </div>
      {rows.map(({ value, nanos }) => (
        <label key={value} className={styles.item}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <span>{value}</span>
          {nanos !== undefined && <em>{money(nanos)}</em>}
        </label>
      ))}
      {isPending && <p className={styles.note}>Looking…</p>}
      {isError && <p className={styles.note}>The list is not available now.</p>}
      {!isPending && !isError && rows.length === 0 && <p className={styles.note}>None in this range.</p>}
    </>
  );
}
