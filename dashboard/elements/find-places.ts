import type { Place } from "./go.tsx";

export interface Found {
  readonly says: string;
  readonly kind: string;
  readonly place: Place;
}

interface Places {
  readonly pages: readonly { readonly place: Place; readonly says: string }[];
  readonly names: Readonly<Record<"feature" | "model" | "team", readonly string[]>>;
}

const FOUND_MAX = 12;

/**
 * Best first: names that begin with the text, then words in them, then any part. A call's id opens as what it is; what
 * only could be the id of an interaction, which any word of some length could, stands below all that is known.
 */
export function findPlaces(text: string, { pages, names }: Places): readonly Found[] {
  const sought = text.trim().toLowerCase();
  const all: Found[] = [
    ...pages.map(({ place, says }) => ({ says, kind: "page", place })),
    ...(["feature", "model", "team"] as const).flatMap((kind) =>
      names[kind].map((name): Found => ({ says: name, kind, place: { page: kind, name } })),
    ),
  ];
  const named = all
    .map((found) => ({ found, place: rank(found.says.toLowerCase(), sought) }))
    .filter(({ place }) => place < Infinity)
    .toSorted((a, b) => a.place - b.place)
    .map(({ found }) => found);
  const call = callOf(text.trim());
  if (call !== undefined) return [call];
  const guess = guessOf(text.trim());
  return guess === undefined ? named.slice(0, FOUND_MAX) : [...named.slice(0, FOUND_MAX - 1), guess];
}

function rank(name: string, sought: string): number {
  const at = name.indexOf(sought);
  if (at === -1) return Infinity;
  if (at === 0) return 0;
  return /[^a-z0-9]/.test(name.charAt(at - 1)) ? 1 : 2;
}

function callOf(text: string): Found | undefined {
  return /^call_\S{6,}$/.test(text) ? { says: text, kind: "call", place: { page: "call", name: text } } : undefined;
}

/** Clients choose the ids of interactions, so anything that could be one is offered. */
function guessOf(text: string): Found | undefined {
  if (!/^[A-Za-z0-9_.:-]{8,64}$/.test(text)) return undefined;
  return { says: text, kind: "interaction of this id", place: { page: "interaction", name: text } };
}
