import { type Instant } from "#units";
import { type Holder, type Life } from "./holder.ts";
import { type Site } from "./site.ts";
import { type Tally } from "./tally.ts";

interface Surroundings {
  readonly site: Site;
  readonly tally: Tally;
  readonly now: Instant;
}

/**
 * Some threads end in order, and say all that they know before they do. Which do is drawn from nothing, so that the histories
 * of known seeds stay as they are.
 */
export function leave(holder: Holder, { site, tally, now }: Surroundings): void {
  const last = holder.life % 3 === 0 ? holder.budgets.leave() : undefined;
  if (last === undefined) return;
  tally.leaves += 1;
  if (holder.doubtful.length > 0) site.hearDoubts(holder.doubtful);
  holder.doubtful = [];
  site.receive([last], now);
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
