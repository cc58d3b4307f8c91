/** Links between pages. They take the range, comparison and filters along unless told otherwise. */
import { Link } from "@tanstack/react-router";
import { type ReactNode } from "react";
import { type Address, carry, type PageFields, withFilter, writeAddress } from "../address/address.ts";
import { useAddress } from "../address/use-address.ts";

export type Place =
  | {
      readonly page:
        | "overview"
        | "features"
        | "calls"
        | "customers"
        | "interactions"
        | "budgets"
        | "slos"
        | "money"
        | "statements"
        | "bills"
        | "reconciliation"
        | "providers"
        | "meters"
        | "keys"
        | "access"
        | "prices"
        | "status";
    }
  | {
      readonly page:
        | "feature"
        | "model"
        | "team"
        | "customer"
        | "user"
        | "call"
        | "interaction"
        | "budget"
        | "statement"
        | "bill";
      readonly name: string;
    };

export function pathOf(place: Place): string {
  if ("name" in place) return `/${place.page}s/${encodeURIComponent(place.name)}`;
  return place.page === "overview" ? "/" : `/${place.page}`;
}

interface GoFacts {
  readonly to: Place;
  readonly fields?: PageFields;
  /** Filters that lead to the entries behind a figure. */
  readonly narrow?: (address: Address) => Address;
  readonly className?: string | undefined;
  readonly title?: string;
  readonly "aria-current"?: "page" | undefined;
  readonly children: ReactNode;
}

export function Go({ to, fields, narrow, ...rest }: GoFacts) {
  const address = useAddress();
  const carried = narrow === undefined ? carry(address) : narrow(carry(address));
  return <Link to={pathOf(to)} search={writeAddress({ ...carried, page: fields ?? {} })} {...rest} />;
}

export { withFilter };
