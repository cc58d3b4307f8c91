/** Runs one seed to its end: faults first, then quiet, in which everything must come to rest. */
import { closeWorld } from "./close-world.ts";
import { type Holder } from "./holder.ts";
import { type Options, drawOptions } from "./options.ts";
import { Random } from "./random.ts";
import { type Room } from "./room.ts";
import { ArrayShelf, DuckDbShelf } from "./shelf.ts";
import { type Tally } from "./tally.ts";
import { World } from "./world.ts";

/** Answers that a provider keeps are read so often. */
const READ = 0.05;
/** It costs ten times as much as the rest of a history. */
const DUCKDB_EACH = 50;
const SALT = 0x5eed;

function hasDuckDb(seed: number): boolean {
  return seed % DUCKDB_EACH === 0;
}

export type SeedResult =
  | { readonly isSound: true; readonly tally: Tally }
  | { readonly isSound: false; readonly problem: string; readonly options: Options; readonly log: readonly string[] };

export async function runSeed(room: Room, seed: number): Promise<SeedResult> {
  const random = new Random(seed);
  const options = drawOptions(random, seed);
  const shelf = hasDuckDb(seed) ? await DuckDbShelf.open() : new ArrayShelf(new Random(~seed ^ SALT));
  const world = await World.open(room, options, { random, shelf });
  world.tally.onDuckDb = hasDuckDb(seed) ? 1 : 0;
  world.tally.embedded = options.isEmbedded ? 1 : 0;
  try {
    for (let step = 0; step < options.steps; step += 1) await doSomething(world);
    await closeWorld(world);
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    return { isSound: false, problem, options, log: world.log };
  } finally {
    world.office.close();
  }
  const { lost, repeated } = world.network.counts;
  return { isSound: true, tally: { ...world.tally, lost, repeated } };
}

async function doSomething(world: World): Promise<void> {
  const { random, options } = world;
  const holder = world.holders[random.between(0, world.holders.length - 1)];
  if (holder === undefined || world.now < holder.pausedUntil)
    return await world.advance(random.between(1, options.stepMsMax));
  if (random.isBelow(0.5)) {
    const burst = random.isBelow(0.1) ? random.between(2, 12) : 1;
    for (let count = 0; count < burst; count += 1) world.ask(holder);
  }
  for (const call of holder.calls) if (random.isBelow(0.3)) world.books.progress(holder, call);
  learnMore(world, holder);
  await doFault(world);
  const isJump = random.isBelow(0.004) && world.holders.every(({ waiting }) => waiting.size === 0);
  await world.advance(isJump ? random.between(1_000, 200_000) : random.between(0, options.stepMsMax));
}

function learnMore(world: World, holder: Holder): void {
  const { random, options, books } = world;
  if (random.isBelow(options.correction)) books.correct(holder);
  if (!options.isEmbedded || !random.isBelow(READ)) return;
  void books.read(holder).catch((thrown: unknown) => {
    world.thrown = thrown instanceof Error ? thrown : new Error(String(thrown));
  });
}

async function doFault(world: World): Promise<void> {
  const { random, options, tally } = world;
  const holder = world.holders[random.between(0, world.holders.length - 1)];
  if (holder === undefined) return;
  if (random.isBelow(options.crash)) world.crash(holder, random.between(0, 400));
  else if (random.isBelow(options.crash / 4)) crashNode(world, holder.node);
  if (random.isBelow(options.authorityCrash)) await world.crashAuthority();
  if (random.isBelow(options.limitChange)) world.changeLimits();
  doFaultOfDisk(world, holder);
  if (!random.isBelow(options.pause)) return;
  tally.pauses += 1;
  const pauseMs = random.between(10, 1500);
  const isOfAuthority = random.isBelow(0.2);
  world.note(`${isOfAuthority ? "the authority" : holder.id} stands still`);
  // Longer than a call waits for its word, now and then.
  if (isOfAuthority) world.authorityPausedUntil = Math.max(world.now + 3 * pauseMs, world.authorityPausedUntil);
  else holder.pausedUntil = Math.max(world.now + pauseMs, holder.pausedUntil);
}

function doFaultOfDisk(world: World, holder: Holder): void {
  const { random, options } = world;
  if (random.isBelow(0.004)) {
    world.fillDisk(holder);
    // Nothing that is kept beside the journals may suffer by it.
    if (options.isEmbedded && options.limitChange > 0 && random.isBelow(0.3)) world.changeLimits();
  } else if (random.isBelow(0.1)) holder.journal.disk.makeRoom();
}

function crashNode(world: World, node: number): void {
  const readAfterMs = world.random.between(0, 400);
  for (const holder of world.holders.filter((each) => each.node === node)) world.crash(holder, readAfterMs);
}
