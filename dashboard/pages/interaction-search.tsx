/** By what interactions are ordered and judged. All of it stands in the URL, so that a link shows the same. */
import { useState } from "react";
import { type PageFields } from "../address/address.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { SelectField, TextField } from "../elements/field.tsx";
import { readAmount, readTime } from "../format/written.ts";
import styles from "./interactions.module.css";

export const sorts = { newest: "Newest first", dearest: "Dearest first", slowest: "Slowest first" } as const;
const outcomes = { "": "Any outcome", success: "Succeeded", failure: "Failed", none: "No outcome yet" } as const;
const states = {
  "": "Any ending",
  problems: "With problems",
  failed: "A step failed",
  refused: "A call refused",
  cut: "A call cut",
  cancelled: "A call cancelled",
  in_doubt: "A call in doubt",
} as const;

const certainties = {
  "": "Any certainty",
  estimated: "Estimated in part",
  unpriced: "Without a price in part",
} as const;

const readText = (text: string): string | undefined => (text.trim().length <= 128 ? text.trim() : undefined);

/** A range has two fields, which stay side by side. */
const written = [
  [
    { field: "min_cost", says: "Cost from", label: "Costs at least", example: "0.05", read: readAmount },
    { field: "max_cost", says: "to", label: "Costs at most", example: "2", read: readAmount },
  ],
  [
    { field: "min_time", says: "Took from", label: "Took at least", example: "1.5 s", read: readTime },
    { field: "max_time", says: "to", label: "Took at most", example: "2 min", read: readTime },
  ],
  [
    { field: "min_worth", says: "Worth from", label: "Worth at least", example: "1", read: readAmount },
    { field: "max_worth", says: "to", label: "Worth at most", example: "20", read: readAmount },
  ],
  [{ field: "code", says: "Code", label: "Code or HTTP status", example: "402", read: readText }],
  [{ field: "tenant", says: "Tenant", label: "Tenant", example: "support", read: readText }],
] as const;

/** What of the URL the API is asked; what cannot be read is not asked, and said beside its field. */
export function readSearchFields({ sort, outcome, state, cost, code, tenant, cursor, ...page }: PageFields) {
  const isSort = sort === "dearest" || sort === "slowest";
  const isCertainty = cost === "estimated" || cost === "unpriced";
  return {
    sort: isSort ? sort : "newest",
    outcome,
    state,
    tenant,
    ...readCode(code),
    cost: isCertainty ? cost : undefined,
    cursor,
    min_value_nanos: readAmount(page.min_worth ?? ""),
    max_value_nanos: readAmount(page.max_worth ?? ""),
    min_nanos: readAmount(page.min_cost ?? ""),
    max_nanos: readAmount(page.max_cost ?? ""),
    min_ms: readTime(page.min_time ?? ""),
    max_ms: readTime(page.max_time ?? ""),
  } as const;
}

/** Our code, or a provider's, is never three digits. */
function readCode(code: string | undefined) {
  return code !== undefined && /^[1-5]\d\d$/.test(code) ? { status: code } : { code };
}

/** `known` are names of outcomes that the page shows. */
export function InteractionSearch({ known }: { known: readonly string[] }) {
  const address = useAddress();
  const change = useChangeAddress();
  const { page } = address;
  const set = (fields: PageFields) => change({ ...address, page: { ...page, ...fields, cursor: "", latest: "" } });
  const named = [...new Set([...known, ...(page.outcome === undefined ? [] : [page.outcome])])]
    .filter((name) => !Object.hasOwn(outcomes, name))
    .toSorted();
  const allOutcomes = { ...outcomes, ...Object.fromEntries(named.map((name) => [name, `Outcome ${name}`])) };
  return (
    <form className={styles.search} aria-label="Search" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Order" choices={sorts} value={page.sort ?? "newest"} onChoose={(sort) => set({ sort })} />
      <Choice
        label="Outcome"
        choices={allOutcomes}
        value={page.outcome ?? ""}
        onChoose={(outcome) => set({ outcome })}
      />
      <Choice label="Ending" choices={states} value={page.state ?? ""} onChoose={(state) => set({ state })} />
      <Choice label="Certainty" choices={certainties} value={page.cost ?? ""} onChoose={(cost) => set({ cost })} />
      {written.map((range) => (
        <span key={range[0].field} className={styles.range}>
          {range.map(({ field, ...facts }) => {
            const value = page[field] ?? "";
            const onWrite = (text: string) => set({ [field]: text });
            return <Amount key={`${field} ${value}`} {...facts} value={value} onWrite={onWrite} />;
          })}
        </span>
      ))}
    </form>
  );
}

interface ChoiceFacts {
  readonly label: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

function Choice({ label, choices, value, onChoose }: ChoiceFacts) {
  return (
    <SelectField aria-label={label} value={value} onChange={(event) => onChoose(event.target.value)}>
      {Object.entries(choices).map(([name, says]) => (
        <option key={name} value={name}>
          {says}
        </option>
      ))}
    </SelectField>
  );
}

interface AmountFacts {
  /** Beside the field, which with its neighbour is read as a range; alone it is called by its label. */
  readonly says: string;
  readonly label: string;
  readonly example: string;
  readonly read: (text: string) => string | undefined;
  readonly value: string;
  readonly onWrite: (text: string) => void;
}

/** Asked when it is written: with Enter, or when the field is left. */
function Amount({ says, label, example, read, value, onWrite }: AmountFacts) {
  const [text, setText] = useState(value);
  const isWrong = text.trim() !== "" && read(text) === undefined;
  const write = () => {
    if (text.trim() !== value && !isWrong) onWrite(text.trim());
  };
  return (
    <label className={styles.amount}>
      {says}
      <TextField
        aria-label={label}
        placeholder={example}
        value={text}
        aria-invalid={isWrong}
        title={isWrong ? `Write it such as ${example}` : ""}
        onChange={(event) => setText(event.target.value)}
        onBlur={write}
        onKeyDown={(event) => {
          if (event.key === "Enter") write();
        }}
      />
    </label>
  );
}
