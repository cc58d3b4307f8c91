import { askProviderDays } from "#analytics";
import { type Commitment, drawDown, type Drawdown } from "#commitments";
import { type Config } from "#config";
import { type CommitmentRow } from "#contract";
import { type createControl } from "#control";
import { type SqlSource } from "#ledger";
import { instant } from "#units";
import { type World } from "#world";

type Source = Parameters<typeof createControl>[0]["sources"]["commitments"];

export interface CommitmentParts {
  readonly world: World;
  readonly store: SqlSource;
  readonly config: () => Pick<Config, "currency" | "commitments">;
}

const DAY_MS = 86_400_000;

/** Commitments of the configuration in force, drawn on by what the ledger has of their term. */
export function commitmentSource({ world, store, config }: CommitmentParts): Source {
  return {
    async list() {
      const { currency, commitments } = config();
      const rows: CommitmentRow[] = [];
      const now = world.clock.now();
      for (const commitment of commitments) {
        const { provider, from, to } = commitment;
        const range = { from: instant(Date.parse(from)), to: instant(Date.parse(to) + DAY_MS) };
        const { charges } = await askProviderDays(store, { provider, ...range });
        rows.push(toRow(commitment, drawDown(commitment, charges, now), now));
      }
      return { currency, rows };
    },
  };
}

function toRow(commitment: Commitment, found: Drawdown, now: number): CommitmentRow {
  const { amount, ...said } = commitment;
  const { drawn, left, over, perDay, runsOut, unused } = found;
  return {
    ...said,
    state: stateOf(commitment, { left, now }),
    amount_nanos: amount.toString(),
    drawn_nanos: drawn.toString(),
    left_nanos: left.toString(),
    over_nanos: over.toString(),
    per_day_nanos: perDay?.toString(),
    runs_out: runsOut,
    unused_nanos: unused?.toString(),
  };
}

function stateOf(
  { from, to }: Commitment,
  { left, now }: { readonly left: bigint; readonly now: number },
): CommitmentRow["state"] {
  if (now < Date.parse(from)) return "ahead";
  if (now >= Date.parse(to) + DAY_MS) return "over";
  return left === 0n ? "used_up" : "running";
}
