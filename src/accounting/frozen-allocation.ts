/** How an allocation stands in the books: JSON whose amounts are decimal texts that end in n, so that they stay exact. */
import { assert } from "#std";
import { type Allocation } from "./allocation.ts";

const exact = new Set(["amount", "whole", "quantity", "of", "parts", "calls", "tokens", "cost"]);
const EXACT = /^-?\d+n$/;

export function encodeAllocation(allocation: Allocation): string {
  return JSON.stringify(allocation, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

/** Only what `encodeAllocation` wrote. */
export function decodeAllocation(text: string): Allocation {
  const found: unknown = JSON.parse(text, (name: string, value: unknown) =>
    typeof value === "string" && exact.has(name) && EXACT.test(value) ? BigInt(value.slice(0, -1)) : value,
  );
  assert(isAllocation(found), "the books keep allocations as they were written");
  return found;
}

function isAllocation(value: unknown): value is Allocation {
  return typeof value === "object" && value !== null && "cells" in value && "lines" in value && "bills" in value;
}
