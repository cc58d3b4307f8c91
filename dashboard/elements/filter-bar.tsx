import { useState } from "react";
import { filterDimensions, filterNames, type FilterName, onFirstPage, withFilter } from "../address/address.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { say, sayStart } from "../format/words.ts";
import { Button } from "./button.tsx";
import { Dropdown, dropdownStyles as styles } from "./dropdown.tsx";
import { FilterValues, TagNames } from "./filter-values.tsx";
import bar from "./filter-bar.module.css";

/** What is let through: values of one dimension are OR, dimensions are AND. Always in the URL. */
export function FilterBar() {
  const address = useAddress();
  const change = useChangeAddress();
  const active = filterNames(address.filters);
  return (
    <div className={bar.bar} role="group" aria-label="Filters">
      {active.map((name) => (
        <span key={name} className={bar.chip}>
          <Dropdown label={<Chip name={name} values={address.filters[name] ?? []} />} name={`Filter by ${say(name)}`}>
            {() => <FilterValues name={name} />}
          </Dropdown>
          <button
            type="button"
            className={bar.remove}
            aria-label={`Remove the filter by ${say(name)}`}
            onClick={() => change(onFirstPage({ ...address, filters: withFilter(address, name, []).filters }))}
          >
            ×
          </button>
        </span>
      ))}
      <NewFilter />
      {active.length > 0 && (
        <Button look="quiet" onClick={() => change(onFirstPage({ ...address, filters: {} }))}>
          Clear filters
        </Button>
      )}
    </div>
  );
}

/** First by what, of tags by which one, then the values. */
function NewFilter() {
  const [chosen, setChosen] = useState<FilterName | "tag" | undefined>();
  return (
    <Dropdown label="Filter" name="Add a filter" onClose={() => setChosen(undefined)}>
      {() => {
        if (chosen === undefined) {
          return (
            <>
              {filterDimensions.map((name) => (
                <Step key={name} says={sayStart(name)} onChoose={() => setChosen(name)} />
              ))}
              <Step says="Tag…" onChoose={() => setChosen("tag")} />
            </>
          );
        }
        if (chosen === "tag") {
          return (
            <>
              <Step says="← Tag" onChoose={() => setChosen(undefined)} />
              <TagNames onChoose={setChosen} />
            </>
          );
        }
        const above = chosen.startsWith("tag.") ? "tag" : undefined;
        return (
          <>
            <Step says={`← ${sayStart(chosen)}`} onChoose={() => setChosen(above)} />
            <FilterValues name={chosen} />
          </>
        );
      }}
    </Dropdown>
  );
}

function Step({ says, onChoose }: { says: string; onChoose: () => void }) {
  return (
    <button type="button" className={styles.item} onClick={onChoose}>
      <span>{says}</span>
    </button>
  );
}

function Chip({ name, values }: { name: FilterName; values: readonly string[] }) {
  const [first, ...others] = values;
  return (
    <>
      {sayStart(name)}: <b className={bar.value}>{first}</b>
      {others.length > 0 && `+ ${others.length}`}
    </>
  );
}
