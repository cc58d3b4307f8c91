/** Where the rows of a breakdown lead: to what makes them up, or nowhere where no page shows that. */
import { type ReactNode } from "react";
import type { SpendMoney } from "#contract";
import { isNamed, say, sayValue } from "../format/words.ts";
import { Go, type Place, withFilter } from "./go.tsx";

type Link = (name: string, row: SpendMoney) => ReactNode;

function pageLink(page: "feature" | "model" | "team" | "customer" | "user"): Link {
  return (name, { calls, attempts, refused }) => {
    const said = sayValue(page, name);
    if (!isNamed(name) && calls + attempts + refused === 0) return said;
    return <Go to={{ page, name }}>{said}</Go>;
  };
}

/** What costs in a layer of which no call is part: clusters, steps of interactions, and bills. */
const uncalled: Readonly<Record<string, Place>> = {
  "GPUs and serving": { page: "meters" },
  "idle and cold starts": { page: "meters" },
  tools: { page: "interactions" },
  "human review": { page: "interactions" },
  "people and engineering": { page: "bills" },
  compliance: { page: "bills" },
  "observability and storage": { page: "bills" },
};

const layerLink: Link = (name, { calls }) => {
  const place: Place | undefined = calls > 0 ? { page: "calls" } : uncalled[name];
  if (place === undefined) return sayValue("layer", say(name));
  const isFiltered = place.page === "calls" || place.page === "interactions";
  return (
    <Go to={place} narrow={(address) => (isFiltered ? withFilter(address, "layer", [name]) : address)}>
      {say(name)}
    </Go>
  );
};

export const breakdownLinks = {
  feature: pageLink("feature"),
  model: pageLink("model"),
  team: pageLink("team"),
  customer: pageLink("customer"),
  user: pageLink("user"),
  layer: layerLink,
} as const satisfies Readonly<Record<string, Link>>;
