import { randomBytes, randomInt } from "node:crypto";
import { instant, newId } from "#units";
import { type Chance, type Clock } from "./clock.ts";

export function realClock(): Clock {
  return {
    now: () => instant(Date.now()),
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timeout = setTimeout(run, delayMs);
      timeout.unref();
      return { cancel: () => clearTimeout(timeout) };
    },
    afterTurn: (run) => void setImmediate(run),
    every(periodMs, run) {
      let timeout: NodeJS.Timeout | undefined;
      let isCancelled = false;
      const arm = () => {
        if (isCancelled) return;
        timeout = setTimeout(() => void turn(), periodMs);
        timeout.unref();
      };
      // A rejection here is a broken invariant of the task: it is left unhandled, which ends the process.
      const turn = async () => {
        await run();
        arm();
      };
      arm();
      return {
        cancel() {
          isCancelled = true;
          clearTimeout(timeout);
        },
      };
    },
    // A timer waits at least a millisecond: long work that lets others in between its pieces would wait half the time.
    sleep: (delayMs) =>
      new Promise((resolve) => void (delayMs === 0 ? setImmediate(resolve) : setTimeout(resolve, delayMs))),
  };
}

const POOL_BYTES = 4096;
const ID_RANDOM_BYTES = 8;
const FRACTION_STEPS = 2 ** 47;

export function realChance(clock: Clock): Chance {
  // One system call for hundreds of ids: `randomBytes(8)` alone costs more than the rest of an id.
  let pool = randomBytes(POOL_BYTES);
  let used = 0;
  const hex = (bytes: number): string => {
    if (bytes > POOL_BYTES) return randomBytes(bytes).toString("hex");
    if (used + bytes > POOL_BYTES) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    used += bytes;
    return pool.toString("hex", used - bytes, used);
  };
  // Writing the moment takes most of an id, and under load many are made in one millisecond.
  let at = clock.now();
  let stamp = newId("", at, "");
  return {
    hex,
    id(kind) {
      const now = clock.now();
      if (now !== at) {
        at = now;
        stamp = newId("", at, "");
      }
      return `${kind}${stamp}${hex(ID_RANDOM_BYTES)}`;
    },
    fraction: () => randomInt(FRACTION_STEPS) / FRACTION_STEPS,
  };
}
