import { type Disk } from "#world";
import { readLine } from "./line.ts";
import { decodeSeal } from "./segment.ts";

// The last line tells whether a segment is sealed, so a start does not read the whole journal.
const TAIL_BYTES = 64 * 1024;

/** Whether a file that was written as a segment ends with its seal; false too for a seal that is longer than 64 KiB. */
export function hasSealedTail(disk: Disk, { path, bytes }: { readonly path: string; readonly bytes: number }): boolean {
  const tail = disk.read(path, Math.max(0, bytes - TAIL_BYTES), TAIL_BYTES);
  if (tail === undefined || tail.at(-1) !== 0x0a) return false;
  const start = tail.lastIndexOf(0x0a, tail.length - 2) + 1;
  const last = readLine(tail, start)?.text;
  return last !== undefined && decodeSeal(last) !== undefined;
}
