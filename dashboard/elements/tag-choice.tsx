import { useQuery } from "@tanstack/react-query";
import { type Filters, isTagName, type TagName } from "../address/address.ts";
import { usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { tagsQuery } from "../api/questions.ts";
import { sayStart } from "../format/words.ts";
import { SelectField } from "./field.tsx";
import styles from "./tag-choice.module.css";

/** A list to choose from; what is further down costs little. */
const NAMES_MAX = 100;

/** Tags of the range, the dearest first; undefined while nobody knows. */
export function useTagNames(filters: Filters): readonly TagName[] | undefined {
  const { client } = useConnection();
  const { from, to } = usePeriod();
  const { data } = useQuery(tagsQuery(client, { from, to, filters, limit: NAMES_MAX }));
  return data?.rows.map(({ name }) => `tag.${name}`).filter(isTagName);
}

interface TagChoiceFacts {
  readonly names: readonly TagName[];
  readonly chosen: TagName | undefined;
  readonly onChoose: (name: TagName) => void;
}

/** What is chosen stands here though the range has none of it. */
export function TagChoice({ names, chosen, onChoose }: TagChoiceFacts) {
  const all = chosen === undefined || names.includes(chosen) ? names : [chosen, ...names];
  return (
    <span className={styles.choice}>
      <SelectField
        aria-label="Group by a tag"
        value={chosen ?? ""}
        onChange={({ target: { value } }) => {
          if (isTagName(value)) onChoose(value);
        }}
      >
        {chosen === undefined && <option value="">Tag…</option>}
        {all.map((name) => (
          <option key={name} value={name}>
            {sayStart(name)}
          </option>
        ))}
      </SelectField>
    </span>
  );
}
