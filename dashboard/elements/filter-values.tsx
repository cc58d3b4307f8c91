/** What can be chosen for a filter out of what the range holds, the dearest first: values of a dimension or tag, names of tags. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type FilterDimension, type FilterName, isTagName, onFirstPage, type TagName } from "../address/address.ts";
import { withFilter } from "../address/address.ts";
import { useAddress, useChangeAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { spendQuery, tagsQuery } from "../api/questions.ts";
import { say } from "../format/words.ts";
import { dropdownStyles as styles } from "./dropdown.tsx";
import { TextField } from "./field.tsx";
import { useSettled } from "./use-settled.ts";

export function FilterValues({ name }: { name: FilterName }) {
  return isTagName(name) ? <TagValues key={name} name={name} /> : <DimensionValues key={name} name={name} />;
}

/** So many are listed at once; typing finds the others. */
const TAGS_MAX = 100;

export function TagNames({ onChoose }: { onChoose: (name: TagName) => void }) {
  const { filters } = useAddress();
  const { from, to } = usePeriod();
  const { client, money } = useConnection();
  const [part, setPart] = useState("");
  const query = useQuery(tagsQuery(client, { from, to, filters, find: useSettled(part), limit: TAGS_MAX }));
  const rows = (query.data?.rows ?? []).map(({ name, gross_nanos: nanos }) => ({ tag: toTagName(name), name, nanos }));
  return (
    <>
      <Part label="Find a tag" value={part} onWrite={setPart} />
      {rows.map(
        ({ tag, name, nanos }) =>
          tag !== undefined && (
            <button key={name} type="button" className={styles.item} onClick={() => onChoose(tag)}>
              <span>{name}</span>
              <em>{money(nanos)}</em>
            </button>
          ),
      )}
      <Notes {...query} isEmpty={rows.length === 0} isCut={query.data?.is_cut === true} />
    </>
  );
}

function toTagName(name: string): TagName | undefined {
  const tag = `tag.${name}`;
  return isTagName(tag) ? tag : undefined;
}

function TagValues({ name }: { name: TagName }) {
  const { filters } = useAddress();
  const { [name]: _, ...others } = filters;
  const { from, to } = usePeriod();
  const { client } = useConnection();
  const [part, setPart] = useState("");
  const tag = name.slice("tag.".length);
  const question = { from, to, filters: others, name: tag, find: useSettled(part), limit: TAGS_MAX };
  const query = useQuery(tagsQuery(client, question));
  const found = (query.data?.rows ?? []).map(({ value = "", gross_nanos: nanos }) => ({ value, nanos }));
  return (
    <ValueList name={name} found={found} part={part}>
      {(isEmpty) => [
        <Part key="part" label={`Find a value of ${tag}`} value={part} onWrite={setPart} />,
        <Notes key="notes" {...query} isEmpty={isEmpty} isCut={query.data?.is_cut === true} />,
      ]}
    </ValueList>
  );
}

const VALUES_MAX = 2000;

function DimensionValues({ name }: { name: FilterDimension }) {
  const { filters } = useAddress();
  const { [name]: _, ...others } = filters;
  const { from, to } = usePeriod();
  const { client, status } = useConnection();
  const [part, setPart] = useState("");
  const question = { by: [name], from, to, timezone: status.timezone, filters: others, limit: VALUES_MAX };
  const query = useQuery(spendQuery(client, question));
  const found = (query.data?.rows ?? []).map((row) => ({
    value: row.dimensions[name] ?? "",
    nanos: row.gross_nanos,
  }));
  const sorted = found.toSorted((a, b) => (BigInt(a.nanos) < BigInt(b.nanos) ? 1 : -1));
  return (
    <ValueList name={name} found={sorted} part={part}>
      {(isEmpty) => [
        <Part key="part" label={`Find a ${say(name)}`} value={part} onWrite={setPart} />,
        <Notes key="notes" {...query} isEmpty={isEmpty} isCut={false} />,
      ]}
    </ValueList>
  );
}

interface ValueListFacts {
  readonly name: FilterName;
  readonly found: readonly { readonly value: string; readonly nanos: string | undefined }[];
  readonly part: string;
  /** What stands above and below the list. */
  readonly children: (isEmpty: boolean) => readonly [ReactNode, ReactNode];
}

/** Each can be ticked; what is chosen stands here though the range has none of it. */
function ValueList({ name, found, part, children }: ValueListFacts) {
  const address = useAddress();
  const change = useChangeAddress();
  const { money } = useConnection();
  const chosen = address.filters[name] ?? [];
  const absent = chosen.filter((value) => !found.some((row) => row.value === value));
  const rows = [...absent.map((value) => ({ value, nanos: undefined })), ...found].filter(({ value }) =>
    value.toLowerCase().includes(part.toLowerCase()),
  );
  const toggle = (value: string) => {
    const values = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    change(onFirstPage({ ...address, filters: withFilter(address, name, values).filters }));
  };
  const [above, below] = children(rows.length === 0);
  return (
    <>
      {above}
      {rows.map(({ value, nanos }) => (
        <label key={value} className={styles.item}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <span>{value}</span>
          {nanos !== undefined && <em>{money(nanos)}</em>}
        </label>
      ))}
      {below}
    </>
  );
}

interface PartFacts {
  readonly label: string;
  readonly value: string;
  readonly onWrite: (part: string) => void;
}

function Part({ label, value, onWrite }: PartFacts) {
  return (
    <div className={styles.field}>
      <TextField
        autoFocus
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onWrite(event.target.value)}
      />
    </div>
  );
}

interface NotesFacts {
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly isEmpty: boolean;
  readonly isCut: boolean;
}

function Notes({ isPending, isError, isEmpty, isCut }: NotesFacts) {
  if (isError) return <p className={styles.note}>The list is not available now.</p>;
  if (isPending) return <p className={styles.note}>Looking…</p>;
  if (isEmpty) return <p className={styles.note}>None in this range.</p>;
  return isCut && <p className={styles.note}>There are more: type a part of what you look for.</p>;
}
