/** An exact decimal per million units as people write prices: at least two decimals, never rounded. `0.075` → `$0.075`. */
export function formatRate(rate: string, currency: string): string {
  const sign = currency === "USD" ? "$" : currency === "EUR" ? "€" : currency === "GBP" ? "£" : `${currency} `;
  const [whole = "0", fraction = ""] = rate.split(".");
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`;
}
