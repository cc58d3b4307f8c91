import { expect, it } from "vitest";
import { loadMutant } from "./load-mutant.ts";
import { mutants } from "./mutants.ts";
import { mutantsAround } from "./mutants-around.ts";
import { runSeed } from "./run-seed.ts";

const SEEDS = 300;
/** Of the processor's time, since a busy machine gives a fifth of it. A bug that makes two of us ask for ever is caught too: by standing still. */
const MS_MAX = 20_000;

const processorMs = (from: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

it.for([...mutants, ...mutantsAround])("the simulation catches: $name", { timeout: 15 * MS_MAX }, async (mutant) => {
  const { room, remove } = await loadMutant(mutant);
  const begun = process.cpuUsage();
  let caught: string | undefined;
  const seeds = [
    ...(mutant.seed === undefined ? [] : [mutant.seed]),
    ...Array.from({ length: SEEDS }, (_, index) => index + 1),
  ];
  for (const seed of seeds) {
    if (caught !== undefined || processorMs(begun) > MS_MAX) break;
    const result = await runSeed(room, seed);
    if (!result.isSound) caught = `seed ${seed}: ${result.problem}`;
  }
  remove();
  console.log(`${mutant.name} — ${caught ?? "not caught"}`);
  expect(caught).toBeDefined();
});
