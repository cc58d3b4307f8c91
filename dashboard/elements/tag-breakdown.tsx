/** Spend by the values of a tag, one at a time; a range without tags has no such table. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { type Filters, isTagName, type TagName } from "../address/address.ts";
import { useAddress, useChangeAddress, usePeriod } from "../address/use-address.ts";
import { useConnection } from "../api/connection.tsx";
import { spendQuery } from "../api/questions.ts";
import { sayValue } from "../format/words.ts";
import { Answered } from "./answered.tsx";
import { BreakdownTable } from "./breakdown-table.tsx";
import { Go } from "./go.tsx";
import { TagChoice, useTagNames } from "./tag-choice.tsx";

const ROWS_MAX = 10_000;

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
  // Each tag keeps its own last answer: the values of another one are none of it.
  return (
    <ByTag key={tag} tag={tag} filters={filters} choice={<TagChoice names={names} chosen={tag} onChoose={choose} />} />
  );
}

interface ByTagFacts {
  readonly tag: TagName;
  readonly filters: Filters;
  readonly choice: ReactNode;
}

function ByTag({ tag, filters, choice }: ByTagFacts) {
  const { client, status } = useConnection();
  const { from, to } = usePeriod();
  const question = { by: [tag], from, to, timezone: status.timezone, filters, limit: ROWS_MAX };
  const query = useQuery(spendQuery(client, question));
  return (
    <Answered query={query}>
      {(answer) => (
        <BreakdownTable
          title={`By tag ${tag.slice("tag.".length)}`}
          dimension={tag}
          answer={answer}
          tools={choice}
          link={(name, { calls, attempts, refused }) => (
            // What was billed, or measured elsewhere, is no call.
            <Go
              to={{ page: calls + attempts + refused > 0 ? "calls" : "interactions" }}
              narrow={(there) => ({ ...there, filters: { ...filters, [tag]: [name] } })}
            >
              {sayValue(tag, name)}
            </Go>
          )}
        />
      )}
    </Answered>
  );
}
