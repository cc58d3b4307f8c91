/** The program of the office process: opens the stores that its parent names, and goes when the parent does. */
import { assert } from "#std";
import { realWorld } from "#world";
import { dieAtOnce } from "./die-at-once.ts";
import { type FromOffice, type ToOffice } from "./link.ts";
import { jsonLog, type LogLevel } from "./log.ts";
import { lowerPriority } from "./lower-priority.ts";
import { type Office, startOffice } from "./start-office.ts";

const PRIORITY_BELOW_CALLS = 5;
const ALIVE_EVERY_MS = 5_000;

assert(process.send !== undefined, "the office is started by the gateway");

// Where cores are short, calls come before questions about them.
lowerPriority(PRIORITY_BELOW_CALLS);

// Databases make their files themselves, and the folder may be one that others can look into.
process.umask(0o077);

const world = realWorld();
world.clock.every(ALIVE_EVERY_MS, () => tell({ type: "alive" }));
const write = (line: string) => void process.stderr.write(line);
let office: Promise<Office | undefined> | undefined;
/** Its stores are, or are about to be. */
let isOpen = false;
let isStopping = false;
let logFrom: LogLevel = "info";

dieAtOnce(() => isOpen);
process.on("message", (message: ToOffice) => void hear(message));
// The gateway is gone, killed perhaps: what it wrote is booked by the office of its successor.
process.on("disconnect", () => void stop());
process.on("SIGTERM", () => void stop());
// A terminal sends its interrupt to the whole group; the gateway tells us when to stop.
process.on("SIGINT", () => undefined);

async function hear(message: ToOffice): Promise<void> {
  if (message.type === "open" || message.type === "config") ({ logFrom } = message);
  if (message.type === "open") {
    const log = jsonLog(world, { process: "office", from: () => logFrom, write });
    office = startOffice(world, { opening: message, log, tell });
    isOpen = true;
    if ((await office) !== undefined) return;
    isOpen = false;
    process.exit(1);
  }
  if (message.type === "stop") return stop();
  await (await office)?.hear(message);
}

function tell(message: FromOffice): void {
  // The gateway may go at any moment; `disconnect` follows then.
  if (process.connected) process.send?.(message, () => undefined);
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await (await office)?.stop();
  process.exit(0);
}
