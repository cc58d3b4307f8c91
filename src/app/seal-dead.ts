import { sealAbandoned } from "#journal";
import { type World } from "#world";
import { type Log } from "./log.ts";

export interface SealDeadOptions {
  /** The folder of the journals. */
  readonly journal: string;
  readonly alive: (thread: number, incarnation: string) => boolean;
  readonly log: Log;
}

/** Closes the segments of threads that are gone, so that what they left running becomes in doubt. */
export function sealDead({ disk, clock }: World, { journal, alive, log }: SealDeadOptions): void {
  const { sealed, problems } = sealAbandoned({ disk, clock, folder: journal, alive });
  for (const { path, cutBytes } of sealed) log("warn", "segment-sealed-after-crash", { path, cut_bytes: cutBytes });
  for (const problem of problems) log("error", "segment-not-sealed", { problem: problem.type, path: problem.path });
}
