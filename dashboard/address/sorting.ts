/** How the tables of a page are sorted, as its URL says it: `features.calls.desc`, several of them with commas between. */
export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Of the table of this label; undefined where it stands in its own order. */
export function readSorting(text: string | undefined, label: string): Sorting | undefined {
  const [, column, direction] = partsOf(text).find(([table]) => table === nameOf(label)) ?? [];
  if (column === undefined || column === "") return undefined;
  return { column, isDescending: direction === "desc" };
}

/** The same text with another order of one table, or none of its own. */
export function writeSorting(text: string | undefined, label: string, sorting: Sorting | undefined): string {
  const table = nameOf(label);
  const others = partsOf(text).filter(([name]) => name !== table);
  const own = sorting === undefined ? [] : [[table, sorting.column, sorting.isDescending ? "desc" : "asc"]];
  return [...others, ...own].map((parts) => parts.join(".")).join(",");
}

function partsOf(text = ""): readonly (readonly string[])[] {
  return text === "" ? [] : text.split(",").map((one) => one.split("."));
}

/** A label holds whatever a name may hold, and dots and commas have their meaning here. */
function nameOf(label: string): string {
  return label
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}
