/** Asks a world that has come to rest for exactly what is left. */
import { type BudgetDefinition } from "#budget";
import { type Truth, usedOf } from "./auditor.ts";
import { type Call, drawSpender, type Wish } from "./calls.ts";
import { type Holder } from "./holder.ts";
import { type World } from "./world.ts";

/** Steps of 10 ms. Words that cross cost a round of recall, and an ask that was heard is said again after 400 ms. */
const PATIENCE = 150;

type Left = Partial<Record<BudgetDefinition["unit"], bigint>>;

/** What is left can be held by anybody, to the last of it, and one more cannot. Returns what is to be given back. */
export async function probe(world: World): Promise<{ readonly holder: Holder; readonly call: Call } | undefined> {
  const spender = drawSpender(world.random);
  const holder = world.holders[world.random.between(0, world.holders.length - 1)];
  if (holder === undefined || world.isNearBorder()) return undefined;
  const left = leastLeft(world, world.auditor.accountsOf(spender, world.now));
  if (!isEnough(left)) return undefined;
  const { USD: amount = 5n, tokens = 5n } = left;
  const plain = { spender, isFirst: true, clamp: undefined, mayDegrade: false };
  const call = await ask(world, holder, { ...plain, amount, tokens });
  if (call.refusal?.code === "budget_table_full") return undefined;
  if (call.state !== "held") throw new Error(`${amount} and ${tokens} tokens were left and could not be held`);
  if (isTight(left) && (await ask(world, holder, { ...plain, amount: 1n, tokens: 1n })).state !== "ended")
    throw new Error("one more than was left could be held");
  world.tally.probes += 1;
  return { holder, call };
}

function isEnough({ USD = 0n, tokens = 0n, requests = 1n, concurrent = 1n }: Left): boolean {
  return USD >= 0n && tokens >= 0n && requests >= 1n && concurrent >= 1n;
}

/** A call that holds all of this leaves nothing for another one. */
function isTight({ USD, tokens, requests, concurrent }: Left): boolean {
  return USD !== undefined || tokens !== undefined || requests === 1n || concurrent === 1n;
}

async function ask(world: World, holder: Holder, wish: Wish): Promise<Call> {
  const call = world.ask(holder, wish);
  for (let step = 0; step < PATIENCE && call.state === "waiting"; step += 1) await world.advance(10);
  return call;
}

/** Of each unit, in the account that has the least. */
function leastLeft(world: World, accounts: readonly Truth[]): Left {
  const limits = world.auditor.limits.at(-1)?.byBudget;
  const least: Left = {};
  for (const truth of accounts) {
    const { id, unit } = truth.budget;
    const left = (limits?.get(id) ?? 0n) - usedOf(truth);
    const known = least[unit];
    if (known === undefined || left < known) least[unit] = left;
  }
  return least;
}
