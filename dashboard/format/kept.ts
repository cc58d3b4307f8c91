/** How well a promise is kept, in words of fixed width: shares are cut and not rounded, so that 100 % means every single one. */

/** `98.846 %`; undefined where nothing counts. */
export function formatGoodShare(good: number, total: number): string | undefined {
  if (total === 0) return undefined;
  const thousandths = (BigInt(good) * 100_000n) / BigInt(total);
  return `${thousandths / 1000n}.${(thousandths % 1000n).toString().padStart(3, "0")} %`;
}

/** What is left of what may miss: `33.8 %`, and `−15.4 %` of a promise that is broken. */
export function formatLeft(share: number): string {
  const permille = Math.floor(Number((share * 1000).toFixed(6)));
  const size = Math.abs(permille);
  return `${permille < 0 ? "−" : ""}${Math.floor(size / 10)}.${size % 10} %`;
}

/** Two decimals under ten, one under a hundred: `0.05×`, `17.2×`, `120×`. */
export function formatBurn(rate: number): string {
  return `${rate.toFixed(rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0)}×`;
}
