import { type Holder, type Life } from "./holder.ts";

/** An account that was forgotten while nobody used it comes back with nothing: what it had before is no lie. */
export function livesBefore(holder: Holder, key: string, life: Life): { spent: bigint; held: bigint; inDoubt: bigint } {
  const known = holder.lives.get(key) ?? { before: { spent: 0n, inDoubt: 0n }, last: life };
  const isSame = known.last.birth === life.birth;
  const before = isSame
    ? known.before
    : { spent: known.before.spent + known.last.spent, inDoubt: known.before.inDoubt + known.last.inDoubt };
  holder.lives.set(key, { before, last: life });
  return { ...before, held: 0n };
}

export function show(
  sums: { readonly spent: bigint; readonly held: bigint; readonly inDoubt: bigint } | undefined,
): string {
  return sums === undefined ? "nothing" : `${sums.spent} spent, ${sums.held} held, ${sums.inDoubt} in doubt`;
}
