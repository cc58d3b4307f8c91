import { expect, it } from "vitest";
import { checkSeeds } from "./check-seeds.ts";

const FIRST = 251;
const SEEDS = 250;

it(`${SEEDS} further histories keep every promise`, { timeout: 300_000 }, async () => {
  expect(await checkSeeds(FIRST, SEEDS)).toBe(SEEDS);
});
