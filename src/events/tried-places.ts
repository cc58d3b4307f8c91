/** Puts into every place of lists what must not stand there, for tests of lines that are lists. */

/** What else may not stand where a value of this kind does. `?`: may be absent. */
const wrongs = {
  type: [null, 1, "", "attempt-lost", [], {}],
  at: [null, "1", -1, 1.5, 2 ** 53, true, [], {}],
  count: [null, "1", -1, 1.5, 2 ** 53, true, [], {}],
  "count?": ["1", -1, 1.5, true, [], {}],
  id: [null, 1, "", "1", "attempt_", "call_", "key_1", true, [], {}],
  "id?": [1, "", "1", "step_", "call_1", true, [], {}],
  word: [null, 1, "", "nobody-knows", true, [], {}],
  text: [null, 1, true, [], {}],
  "text?": [1, true, [], {}],
  flag: [null, 0, "true", [], {}],
  "flag?": [0, "true", [], {}],
  number: [null, "1", true, [], {}],
  "number?": ["1", true, [], {}],
  money: [null, 1, "", "-0", "007", "1.5", "1e3", "9223372036854775808", true, {}],
  "money?": [1, "", "-0", "007", "1.5", "1e3", "9223372036854775808", true, [], {}],
  usage: [1, "x", true, [], { nobody_knows: 1 }, { output_text: -1 }, { output_text: "1" }, { output_text: null }],
  texts: [1, "x", true, [], { name: 1 }, { name: null }],
  claimed: [1, "x", true, [], { user: 1 }, { team: null }],
} as const;

interface Rows {
  readonly rows: Place;
}
interface MaybeList {
  readonly maybe: readonly Place[];
}
/** These again and again, so often as something else says. */
interface Repeated {
  readonly again: readonly Place[];
}
/** A list: so many places at least. `rows`: any number of one kind. */
export type Place = keyof typeof wrongs | readonly Place[] | Rows | MaybeList | Repeated;

/** What is no list. */
const noLists = [1, "x", true, {}];

export type List = readonly unknown[];

export function isList(value: unknown): value is List {
  return Array.isArray(value);
}

/** The places of a list that has so many at least. */
function placesIn(place: Place | undefined, value: unknown): readonly Place[] | undefined {
  if (typeof place !== "object") return undefined;
  if ("maybe" in place) return place.maybe;
  if ("again" in place)
    return isList(value) ? value.flatMap((_, at) => place.again[at % place.again.length] ?? []) : [];
  return "rows" in place ? undefined : place;
}

/** Each list in it with the place of its own, and how the whole is with another in its stead. */
function* listsIn(
  list: List,
  places: readonly Place[],
  whole: (other: List) => List,
): Generator<{ readonly list: List; readonly places: readonly Place[]; readonly whole: (other: List) => List }> {
  yield { list, places, whole };
  for (const [index, place] of places.entries()) {
    const value = list[index];
    if (!isList(value)) continue;
    const within = (other: unknown) => whole(list.with(index, other));
    const inner = typeof place === "object" && "rows" in place ? place.rows : undefined;
    if (inner === undefined) yield* listsIn(value, placesIn(place, value) ?? [], within);
    else
      for (const [at, row] of value.entries())
        if (isList(row)) yield* listsIn(row, placesIn(inner, row) ?? [], (other) => within(value.with(at, other)));
  }
}

export function* wrongLists(list: List, places: readonly Place[]): Generator<List> {
  for (const part of listsIn(list, places, (other) => other))
    for (const [index, place] of part.places.entries()) {
      const isAbsentWrong = typeof place === "object" && !("maybe" in place);
      const wrong = typeof place === "string" ? wrongs[place] : [...noLists, ...(isAbsentWrong ? [null] : [])];
      for (const value of wrong) yield part.whole(part.list.with(index, value));
    }
}

/** Cut before each place. */
export function* shorterLists(list: List, places: readonly Place[]): Generator<List> {
  for (const part of listsIn(list, places, (other) => other))
    for (let length = 0; length < part.places.length; length += 1) yield part.whole(part.list.slice(0, length));
}

/** With values more at the end of it and of every list in it that may have more. */
export function longer(value: List, places: readonly Place[]): List {
  const inner = value.map((item, index) => {
    const place = places[index];
    if (!isList(item) || typeof place !== "object" || "again" in place) return item;
    if (!("rows" in place)) return longer(item, placesIn(place, item) ?? []);
    return item.map((row) => (isList(row) ? longer(row, placesIn(place.rows, row) ?? []) : row));
  });
  return [...inner, { addedLater: [1] }, "more"];
}

/** How long it and its lists are; of rows, each of them. */
export function lengthsOf(value: List | readonly Place[], places: readonly Place[]): unknown {
  return [
    value.length,
    ...places.map((place, index) => {
      const inner = placesIn(place, value[index]);
      if (inner === undefined || (typeof place === "object" && "again" in place)) return 0;
      const within: unknown = value === places ? inner : value[index];
      return isList(within) ? lengthsOf(within, inner) : "no list";
    }),
  ];
}
