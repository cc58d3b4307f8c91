/** Spend by the values of a tag, one at a time; a range without tags has no such table. */
import { type Filters, isTagName, type TagName } from "../address/address.ts";
import { useAddress, useChangeAddress } from "../address/use-address.ts";
import { sayValue } from "../format/words.ts";
import { type BreakdownRow } from "./breakdown-rows.ts";
import { Go } from "./go.tsx";
import { SpendBy } from "./spend-by.tsx";
import { TagChoice, useTagNames } from "./tag-choice.tsx";

/** `filters` are those of the page, with what it is about. */
export function TagBreakdown({ filters }: { filters: Filters }) {
  const address = useAddress();
  const change = useChangeAddress();
  const names = useTagNames(filters) ?? [];
  const { by } = address.page;
  const asked = by !== undefined && isTagName(by) ? by : undefined;
  const tag = asked ?? names[0];
  if (tag === undefined) return null;
  const choose = (name: TagName) => change({ ...address, page: { ...address.page, by: name } });
  const link = (name: string, { calls, attempts, refused }: BreakdownRow) => (
    // What was billed, or measured elsewhere, is no call.
    <Go
      to={{ page: calls + attempts + refused > 0 ? "calls" : "interactions" }}
      narrow={(there) => ({ ...there, filters: { ...filters, [tag]: [name] } })}
    >
      {sayValue(tag, name)}
    </Go>
  );
  const choice = <TagChoice names={names} chosen={tag} onChoose={choose} />;
  // Each tag keeps its own last answer: the values of another one are none of it.
  return <SpendBy key={tag} dimension={tag} filters={filters} link={link} tools={choice} />;
}
