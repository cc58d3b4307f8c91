/** After the faults have stopped: all calls end, all letters arrive, and the books agree everywhere. */
import { nameOf, usedOf } from "./auditor.ts";
import { LedgerAuditor } from "./ledger-auditor.ts";
import { probe } from "./probe.ts";
import { type World } from "./world.ts";

const QUIET_STEPS = 80;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export async function closeWorld(world: World): Promise<void> {
  changeOnFullDisk(world);
  world.network.isFaulty = false;
  world.office.isFaulty = false;
  world.authorityPausedUntil = Math.min(world.now, world.authorityPausedUntil);
  for (const { journal } of world.holders) journal.disk.makeRoom();
  for (const holder of world.holders) holder.pausedUntil = Math.min(world.now, holder.pausedUntil);
  await rest(world);
  // Nobody waits longer than ten seconds, whatever is in front of them.
  for (let step = 0; step < 230 && world.holders.some(({ waiting }) => waiting.size > 0); step += 1)
    await world.advance(50);
  await rest(world);
  for (const holder of world.holders)
    if (holder.waiting.size > 0) throw new Error(`${holder.id}: a call waits for ever`);
  endCalls(world);
  await rest(world);
  checkStatus(world);
  await checkLedger(world);
  for (let count = 0; count < 3; count += 1) {
    const held = await probe(world);
    if (held === undefined) continue;
    world.books.release(held.holder, held.call);
    await rest(world);
  }
  await dayLater(world);
  checkThresholds(world);
  checkBounds(world);
}

/** And nothing is changed afterwards that would be kept in its place. */
function changeOnFullDisk(world: World): void {
  const [holder] = world.holders;
  if (holder === undefined || !world.options.isEmbedded || world.random.isBelow(0.8)) return;
  world.fillDisk(holder);
  world.changeLimits();
}

async function rest(world: World): Promise<void> {
  for (let step = 0; step < QUIET_STEPS; step += 1) await world.advance(50);
  for (let step = 0; step < 10; step += 1) await world.advance(1);
}

function endCalls(world: World): void {
  for (const holder of world.holders)
    for (let round = 0; round < 2; round += 1) for (const call of holder.calls) world.books.progress(holder, call);
}

/** Doubt that nobody has settled is released, and runs that nobody continued are forgotten. */
async function dayLater(world: World): Promise<void> {
  forgetRuns(world);
  if (world.options.isEmbedded) await passDay(world);
  else {
    await world.advance(DAY_MS + HOUR_MS);
    await rest(world);
    const [holder] = world.holders;
    if (holder !== undefined) world.books.releaseResiduals(holder);
  }
  await rest(world);
  await checkLedger(world);
  // A start finds some of them older than a day, with nothing in doubt any more.
  if (world.options.isEmbedded) forgetRuns(world);
  checkStatus(world);
}

function forgetRuns({ auditor }: World): void {
  for (const truth of auditor.truths.values())
    if ("interaction" in truth.budget.scope && truth.inDoubt === 0n) auditor.forget(truth);
}

/** The main thread finds what is due by itself, whatever happens to it meanwhile. */
async function passDay(world: World): Promise<void> {
  const what = world.random.pick(["nothing", "nothing", "starts again", "dies with the news", "is away"]);
  world.note(`a day passes: ${what}`);
  if (what === "is away") await world.crashAuthority(DAY_MS + 6 * HOUR_MS);
  else {
    await world.advance(DAY_MS / 2);
    if (what === "starts again") await world.crashAuthority();
    await world.advance(DAY_MS / 2 + 1);
    await world.advance(1);
    if (what === "dies with the news") await world.crashAuthority();
  }
  await rest(world);
  // It looks about every minute, and right after a start it still reads journals.
  await world.advance(61_000);
  await rest(world);
  world.books.checkReleased();
  if (world.random.isBelow(0.3)) return;
  // Their journals are read again, and what was released stays so; the first is who journalled that.
  for (const holder of world.holders.slice(1)) world.crash(holder, 0);
  await rest(world);
  await world.advance(61_000);
  await rest(world);
}

/** The authority's sums are the auditor's, to the nano, for each account that it still keeps. */
function checkStatus(world: World): void {
  const told = new Map(world.site.status().map((each) => [world.keyOf(each.account), each]));
  for (const [key, truth] of world.auditor.truths) {
    if (usedOf(truth) === 0n) continue;
    const status = told.get(key);
    if (status === undefined) {
      if (world.isKept(truth)) throw new Error(`${nameOf(truth)}: the authority knows nothing of it`);
      continue;
    }
    const charged = status.spent + status.held + status.inDoubt + status.unreported;
    if (status.unreported > 0n && charged - truth.beyond > status.limit)
      throw new Error(`${nameOf(truth)}: ${status.unreported} can be held above the limit of ${status.limit}`);
    if (status.held !== 0n) throw new Error(`${nameOf(truth)}: ${status.held} stays held for ever`);
    if (status.spent !== truth.spent || status.inDoubt !== truth.inDoubt)
      throw new Error(
        `${nameOf(truth)}: the authority says ${status.spent} + ${status.inDoubt}, true is ${truth.spent} + ${truth.inDoubt}`,
      );
  }
}

/** The ledger has each attempt once, and its sums are the auditor's, account by account. */
async function checkLedger(world: World): Promise<void> {
  for (let step = 0; step < 100 && !world.office.isDone(); step += 1) await world.advance(50);
  await world.office.check();
  const sums = LedgerAuditor.sums(await world.office.rows(), world.auditor.definitions);
  for (const [key, truth] of world.auditor.truths) {
    const { unit } = truth.budget;
    if (unit === "concurrent") continue;
    const { spent, inDoubt } = sums.get(key) ?? { spent: 0n, inDoubt: 0n };
    if (spent !== truth.spent || (unit === "USD" && inDoubt !== truth.inDoubt))
      throw new Error(
        `${nameOf(truth)}: the ledger says ${spent} + ${inDoubt}, true is ${truth.spent} + ${truth.inDoubt}`,
      );
  }
}

/** A correction may open an account beyond the bound, since what it charges is spent already; nothing else may. */
function checkBounds(world: World): void {
  if (world.tally.corrections > 0) return;
  const counts = new Map<string, number>();
  for (const { account } of world.site.status()) {
    const key = `${account.budget} ${account.from}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const valuesMax = world.options.definitions.find(({ id }) => id === account.budget)?.valuesMax ?? 0;
    if (count > valuesMax) throw new Error(`${key}: ${count} values are open, and ${valuesMax} may be`);
  }
}

function checkThresholds(world: World): void {
  for (const { account, limit, spent, held, inDoubt } of world.site.status())
    for (const percent of [50n, 100n])
      if ((spent + held + inDoubt) * 100n >= limit * percent && !world.told.has(`${account.key} ${percent}%`))
        throw new Error(`${account.key}: nobody was told of ${percent}%`);
}
