import { expect, it } from "vitest";
import { loadMutant } from "./load-mutant.ts";
import { mutants } from "./mutants.ts";
import { mutantsAround } from "./mutants-around.ts";
import { runSeed } from "./run-seed.ts";

const SEEDS = 300;
/** A bug that makes two of us ask for ever is caught too: by standing still. */
const MS_MAX = 20_000;

it.for([...mutants, ...mutantsAround])("the simulation catches: $name", { timeout: 2 * MS_MAX }, async (mutant) => {
  const { room, remove } = await loadMutant(mutant);
  const deadline = performance.now() + MS_MAX;
  let caught: string | undefined;
  const seeds = [
    ...(mutant.seed === undefined ? [] : [mutant.seed]),
    ...Array.from({ length: SEEDS }, (_, index) => index + 1),
  ];
  for (const seed of seeds) {
    if (caught !== undefined || performance.now() > deadline) break;
    const result = await runSeed(room, seed);
    if (!result.isSound) caught = `seed ${seed}: ${result.problem}`;
  }
  remove();
  console.log(`${mutant.name} — ${caught ?? "not caught"}`);
  expect(caught).toBeDefined();
});
