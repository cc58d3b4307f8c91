import { Fragment, type ReactNode } from "react";
import { isTagName } from "../address/address.ts";
import { Go } from "./go.tsx";

/** `plan = gold`, each to the calls that have it. */
export function tagLinks(tags: readonly (readonly [name: string, value: string])[]): ReactNode {
  if (tags.length === 0) return undefined;
  return tags.map(([name, value], index) => (
    <Fragment key={`${name} ${value}`}>
      {index > 0 && ", "}
      <TagLink name={`tag.${name}`} value={value}>{`${name} = ${value}`}</TagLink>
    </Fragment>
  ));
}

function TagLink({ name, value, children }: { name: string; value: string; children: string }) {
  // A bill may bring a name that no question can hold.
  if (!isTagName(name)) return children;
  return (
    <Go
      to={{ page: "calls" }}
      narrow={(address) => ({ ...address, filters: { [name]: [value] } })}
      title={`Calls with ${children}`}
    >
      {children}
    </Go>
  );
}
