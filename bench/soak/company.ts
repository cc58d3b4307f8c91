/** The program beside a soak: the demo's simulated providers and its workload, at a speed that the parent sets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoConfiguration, demoFaults, startSimulatedProviders, startWorkload, type Workload } from "#demo";
import { realWorld } from "#world";

/** Of one workload; several of them are one company with more people. */
export interface Pace {
  readonly baseUrl: string;
  readonly speed: number;
}

export interface CompanySays {
  readonly sections: object;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Progress {
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  readonly broken: number;
  readonly notReached: number;
  /** Uses that were left out because too many were running: the machine does not keep up. */
  readonly skipped: number;
}

/** A tenth of what real providers take, so that two cores and not waiting are what is used up. */
const latency = {
  firstTokenMs: { median: 32, sigma: 0.45 },
  perTokenMs: { median: 0.9, sigma: 0.35 },
  perThousandInputMs: 2,
};
/** Budgets hold as in the demo, at what a thousand times its people spend. */
const MORE_PEOPLE = 1000;

const world = realWorld();
const invoiceFolder = mkdtempSync(join(tmpdir(), "tare-soak-invoice-"));
const providers = await startSimulatedProviders({ world, seed: "soak", faults: demoFaults, latency, invoiceFolder });
const { sections, secrets, keys } = demoConfiguration(providers.providers, world);
const budgets = sections.budgets.map((budget) => ({ ...budget, ...raised(budget) }));
process.send?.({ sections: { ...sections, budgets }, secrets } satisfies CompanySays);

let workload: Workload | undefined;
let rounds = 0;
process.on("disconnect", () => {
  rmSync(invoiceFolder, { recursive: true });
  process.exit(0);
});
process.on("message", (message: Pace | "progress") => {
  if (message === "progress") process.send?.(workload?.progress());
  else void go(message);
});

async function go({ baseUrl, speed }: Pace): Promise<void> {
  const before = workload;
  world.network.allow([new URL(baseUrl).origin]);
  workload = startWorkload({ world, baseUrl, keys, seed: `soak-${(rounds += 1)}`, speed });
  await before?.stop();
}

function raised(budget: object): object {
  if (!("limit" in budget) || typeof budget.limit !== "string") return {};
  const [amount = "", unit] = budget.limit.split(" ");
  return { limit: `${Number(amount) * MORE_PEOPLE} ${unit}` };
}
