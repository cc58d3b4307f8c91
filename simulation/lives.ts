import { type ToAuthority } from "#budget";
import { type Holder, type Life } from "./holder.ts";
import { type Tally } from "./tally.ts";

/** Some threads end in order. Which do is drawn from nothing, so that the histories of known seeds stay as they are. */
export function lastWord({ life, budgets }: Holder, tally: Tally): ToAuthority | undefined {
  const last = life % 3 === 0 ? budgets.leave() : undefined;
  if (last !== undefined) tally.leaves += 1;
  return last;
}

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
