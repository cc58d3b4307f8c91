/** The program of the demo process: simulated providers, and the workload that calls them through the real gateway. */
import { assert } from "#std";
import { demoConfiguration, demoFaults, openTrace, startGpuFleet, startSimulatedProviders, startWorkload } from "#demo";
import { realWorld } from "#world";
import { type FromDemo, type ToDemo } from "./link.ts";

assert(process.send !== undefined, "the demo's providers are started by `tare demo`");

const world = realWorld();
const seed = world.chance.hex(4);
const tell = (message: FromDemo) => process.send?.(message);
// The parent ends us last, so that calls that still run find their providers.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToDemo) => void hear(message));

const providers = await startSimulatedProviders({ world, seed, faults: demoFaults, latency: "realistic" });
const { sections, secrets, keys } = demoConfiguration(providers.providers, world);
const { meters } = await startGpuFleet(world, seed);
tell({ type: "providers", configText: JSON.stringify({ ...sections, meters }), secrets });

async function hear({ baseUrl, speed, trace: path }: ToDemo): Promise<void> {
  const trace = path === undefined ? undefined : openTrace(world.disk, path);
  if (trace?.ok === false) return void tell({ type: "failed", detail: `${path}: ${trace.error.type}` });
  world.network.allow([new URL(baseUrl).origin]);
  const workload = startWorkload({
    world,
    baseUrl,
    keys,
    seed,
    speed,
    ...pastGateway(),
    ...(trace === undefined ? {} : { trace: trace.value }),
    onBadLine: (bad) => tell({ type: "bad-line", detail: JSON.stringify(bad) }),
  });
  await workload.finished;
  tell({ type: "finished", progress: JSON.stringify(workload.progress()) });
}

/** What is called there is in the provider's report and not in the ledger: the pages have something to find. */
function pastGateway(): { readonly pastGateway?: string } {
  const openai = providers.providers.find(({ format }) => format === "openai");
  return openai === undefined ? {} : { pastGateway: openai.baseUrl };
}
