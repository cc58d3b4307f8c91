/** Gross over net, to four places; undefined where there is no net to divide by. A figure to read, and in no sum. */
export function tareRatio(gross: bigint, net: bigint): number | undefined {
  return net === 0n ? undefined : Number((gross * 10_000n) / net) / 10_000;
}
