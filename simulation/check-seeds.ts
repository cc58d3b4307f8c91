import { production } from "./production.ts";
import { runSeed } from "./run-seed.ts";
import { addTallies, emptyTally } from "./tally.ts";

/** Throws at the first that breaks a promise, and when something that can go wrong went wrong in none of them. Gives how many were sound. */
export async function checkSeeds(first: number, count: number): Promise<number> {
  const began = performance.now();
  let sums = emptyTally();
  let sound = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await runSeed(production, seed);
    if (!result.isSound)
      throw new Error(`npm run simulate -- --seed ${seed}: ${result.problem}\n${result.log.slice(-60).join("\n")}`);
    sums = addTallies(sums, result.tally);
    sound += 1;
  }
  for (const [name, times] of Object.entries(sums)) if (times === 0) throw new Error(`${name} never happened`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { embedded, onDuckDb } = sums;
  console.log(
    `${count} seeded histories of budgets, journal and ledger from ${first} in ${seconds} s: ${embedded} with the gateway's own code around them, ${onDuckDb} with DuckDB`,
  );
  return sound;
}
