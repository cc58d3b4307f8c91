/** What the URL of a page says: the range, the comparison, the filters, and what the page itself keeps there. */
import type { spendDimensions } from "#contract";
import { isPresetName, type TimeRange } from "./time-range.ts";

type SpendDimension = (typeof spendDimensions)[number];

/** What the filter bar offers, in its order. */
export const filterDimensions = [
  "feature",
  "team",
  "model",
  "provider",
  "route",
  "target",
  "key",
  "customer",
  "user",
  "environment",
  "session",
  "layer",
  "purpose",
  "kind",
  "step",
] as const satisfies readonly SpendDimension[];
export type FilterDimension = (typeof filterDimensions)[number];
export type TagName = `tag.${string}`;
export type FilterName = FilterDimension | TagName;
export type Filters = { readonly [Name in FilterName]?: readonly string[] };

/** Tags are called so by the API, too; other names would be a wrong question. */
export function isTagName(name: string): name is TagName {
  return /^tag\.[^\p{Cc},]{1,64}$/u.test(name);
}

function isFilterName(name: string): name is FilterName {
  return filterDimensions.some((dimension) => dimension === name) || isTagName(name);
}

/** What is filtered by, in the order of the bar: tags last, by their names. */
export function filterNames(filters: Filters): readonly FilterName[] {
  const tags = Object.keys(filters).filter(isTagName).toSorted();
  return [...filterDimensions, ...tags].filter((name) => (filters[name] ?? []).length > 0);
}

/** Of what the API was asked, or somebody wrote, all that pages can filter by. */
export function toFilters(filter: Readonly<Record<string, readonly string[]>>): Filters {
  return Object.fromEntries(Object.entries(filter).filter(([name]) => isFilterName(name)));
}

/**
 * What single pages keep: the state, code and moving range of calls, a page of a list and one of a second list, a search, what a table is
 * grouped by, one of many values, a month, which view is open, how tables are sorted; of interactions their order, outcome and its worth,
 * cost, how certain that is, and time; whose they are, and of one whose id several have, the tenant.
 */
const pageFields = [
  "state",
  "code",
  "latest",
  "cursor",
  "tokens",
  "search",
  "by",
  "values",
  "month",
  "view",
  "sorted",
  "sort",
  "outcome",
  "min_cost",
  "max_cost",
  "min_time",
  "max_time",
  "min_worth",
  "max_worth",
  "cost",
  "tenant",
] as const;
type PageField = (typeof pageFields)[number];
export type PageFields = { readonly [Name in PageField]?: string };

export interface Address {
  /** Absent when nobody has chosen one yet. */
  readonly range: TimeRange | undefined;
  readonly isCompared: boolean;
  readonly filters: Filters;
  readonly page: PageFields;
}

export type Search = Record<string, string | string[]>;

export function readAddress(search: Search): Address {
  const listed = Object.entries(search).map(([name, value]) => [name, listOf(value)] as const);
  const filters = toFilters(Object.fromEntries(listed.filter(([, values]) => values.length > 0)));
  const page: Record<string, string> = {};
  for (const name of pageFields) {
    const value = listOf(search[name])[0];
    if (value !== undefined) page[name] = value;
  }
  return { range: readRange(search), isCompared: listOf(search["compare"])[0] !== "off", filters, page };
}

/** The inverse of `readAddress`; what is at its default stays out of the URL. */
export function writeAddress({ range, isCompared, filters, page }: Address): Search {
  const search: Search = {};
  if (range?.type === "last") search["range"] = range.preset;
  if (range?.type === "between") {
    search["from"] = new Date(range.from).toISOString();
    search["to"] = new Date(range.to).toISOString();
  }
  if (!isCompared) search["compare"] = "off";
  for (const name of filterNames(filters)) search[name] = [...(filters[name] ?? [])];
  for (const name of pageFields) {
    const value = page[name];
    if (value !== undefined && value !== "") search[name] = value;
  }
  return search;
}

/** What a link to another page takes along: everything but what belongs to the page it leaves. */
export function carry(address: Address, page: PageFields = {}): Address {
  return { ...address, page };
}

/** One dimension's values replaced; none lets everything through. */
export function withFilter(address: Address, name: FilterName, values: readonly string[]): Address {
  const { [name]: _, ...others } = address.filters;
  return carry({ ...address, filters: values.length === 0 ? others : { ...others, [name]: values } });
}

/** The same page from its first row: another filter lets other rows through, and a cursor belongs to one question. */
export function onFirstPage(address: Address): Address {
  const { cursor: _, latest: __, ...page } = address.page;
  return { ...address, page };
}

/** Plain `name=value` pairs with repeats, so that people can read and write these URLs. */
export function parseSearch(text: string): Search {
  const search: Search = {};
  for (const [name, value] of new URLSearchParams(text)) search[name] = [...listOf(search[name]), value];
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string") pairs.append(name, value);
    if (Array.isArray(value)) for (const one of value) if (typeof one === "string") pairs.append(name, one);
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

function readRange(search: Search): TimeRange | undefined {
  const preset = listOf(search["range"])[0];
  if (preset !== undefined && isPresetName(preset)) return { type: "last", preset };
  const from = Date.parse(listOf(search["from"])[0] ?? "");
  const to = Date.parse(listOf(search["to"])[0] ?? "");
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? { type: "between", from, to } : undefined;
}

function listOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
