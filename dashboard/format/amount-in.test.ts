import { expect, it } from "vitest";
import { formatAmountIn, formatCountIn, formatExactIn } from "./amount-in.ts";
import { formatMoney, formatMoneyExact } from "./money.ts";

const speech = {
  money: (nanos: bigint | string) => formatMoney(nanos, "USD"),
  moneyExact: (nanos: bigint | string) => formatMoneyExact(nanos, "USD"),
};

it("says money as money and counts as counts, with a true minus", () => {
  expect(formatAmountIn("USD", "1234567890", speech)).toBe("$1.23");
  expect(formatExactIn("USD", "1234567890", speech)).toBe("$1.23456789");
  expect(formatAmountIn("requests", "1234", speech)).toBe("1,234 requests");
  expect(formatCountIn("tokens", "-1234567", speech)).toBe("−1,234,567");
  expect(formatAmountIn("concurrent", "12", speech)).toBe("12 at once");
});
