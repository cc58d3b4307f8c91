import { randomBytes, randomInt } from "node:crypto";
import { type Id, type Instant, instant, newId } from "#units";
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

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function realChance(clock: Clock): Chance {
  // One system call for hundreds of ids, and one text of them: `randomBytes(8)` alone costs more than the rest of an id.
  let pool = Buffer.alloc(0);
  let poolText = "";
  let used = 0;
  /** Where in the pool so many unused bytes begin. */
  const take = (bytes: number): number => {
    if (used + bytes > pool.length) {
      pool = randomBytes(POOL_BYTES);
      poolText = pool.toString("hex");
      used = 0;
    }
    used += bytes;
    return used - bytes;
  };
  const hex = (bytes: number): string => {
    if (bytes > POOL_BYTES) return randomBytes(bytes).toString("hex");
    const from = take(bytes);
    return poolText.slice(2 * from, 2 * (from + bytes));
  };
  // Writing the moment takes most of an id, and under load many are made in one millisecond.
  let at: Instant | undefined;
  let stamp: Id<""> = "_";
  let place = 0;
  return {
    hex,
    id(kind) {
      const now = clock.now();
      const from = take(ID_RANDOM_BYTES);
      if (now === at) {
        // Ids of one millisecond sort as they were made. Steps of at most 2^16 from below 2^31 stay in 32 bits for 32,768 ids.
        place += 1 + pool.readUInt16BE(from);
      } else {
        at = now;
        stamp = newId("", at, "");
        place = pool.readUInt32BE(from) >>> 1;
      }
      return `${kind}${stamp}${hexOf(place)}${poolText.slice(2 * from + 8, 2 * from + 16)}`;
    },
    fraction: () => randomInt(FRACTION_STEPS) / FRACTION_STEPS,
  };
}

/** Eight digits. By hand: a number of 32 bits is a double to `toString(16)`, which takes several times as long. */
function hexOf(value: number): string {
  return `${byteOf(value >>> 24)}${byteOf(value >>> 16)}${byteOf(value >>> 8)}${byteOf(value)}`;
}

function byteOf(value: number): string {
  return HEX_BYTES[value & 255] ?? "";
}
