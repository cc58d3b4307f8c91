import { afterEach, expect, it } from "vitest";
import { decodeInterval, Meter, MetersSection } from "#meters";
import { assert } from "#std";
import { instant } from "#units";
import { realWorld } from "#world";
import { type GpuFleet, startGpuFleet } from "./gpu-fleet.ts";

let fleet: GpuFleet;
afterEach(() => fleet.close());

it("the demo's fleet says what a meter reads: four GPUs, busy and idle, and a server that goes on", async () => {
  const real = realWorld();
  let now = Date.UTC(2027, 0, 1);
  const world = { ...real, clock: { ...real.clock, now: () => instant(now) } };
  fleet = await startGpuFleet(world, "seed");
  const [settings] = MetersSection.parse(fleet.meters);
  assert(settings !== undefined, "the fleet has a meter");
  world.network.allow(settings.exporters.map(({ origin }) => origin));
  let text: string | undefined;
  const meter = new Meter(world, {
    settings,
    books: {
      watches: async () => new Map(),
      interval: async () => text,
      note: async (_, { intervals }) => void (text = intervals[0]?.text ?? text),
    },
  });
  await meter.open();
  for (let scrape = 0; scrape < 59; scrape += 1) {
    await meter.scrape();
    now += settings.everyMs;
  }
  await meter.close();
  expect(meter.exporters).toMatchObject([
    { kinds: ["dcgm"], gpus: 4, problem: undefined },
    { kinds: ["vllm"], problem: undefined },
  ]);
  const { gpuTime, work, missed, coldStarts } = decodeInterval(text ?? "");
  // 58 steps of five seconds, four GPUs.
  expect(gpuTime.busy + gpuTime.idle).toBe(58n * 5n * 4n * 1_000_000_000n);
  expect([gpuTime.busy > 0n, gpuTime.idle > 0n, gpuTime.unknown]).toEqual([true, true, 0n]);
  expect(work.get("llama-3.1-8b-instruct")?.tokensOut).toBeGreaterThan(58 * 5 * 100);
  expect([missed, coldStarts]).toEqual([0, 0]);
});
