import { type AttributeValue } from "./span.ts";

const DIGITS = /^\d{1,15}$/;

/** A whole count; some exporters write numbers as text. */
export function toCount(value: AttributeValue | undefined): number | undefined {
  const number = typeof value === "string" && DIGITS.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
