import { assert, err, ok, type Result } from "#std";
import { type Disk, type DiskProblem } from "#world";
import { readLine, spoilLine } from "./line.ts";
import { readPacked } from "./packed-segment.ts";
import { type FoundSegment, listSegments, readSegment, type ReadProblem } from "./read-segment.ts";

export type AsideProblem =
  | DiskProblem
  | ReadProblem
  | { readonly type: "no-segment"; readonly segment: string }
  /** No line that cannot be read begins at this byte; nothing was changed. */
  | { readonly type: "readable"; readonly segment: string; readonly at: number };

export interface LinePlace {
  /** The segment's file name. */
  readonly segment: string;
  /** Byte where the line begins. */
  readonly at: number;
}

/**
 * Lets a segment be read past a whole line that this version cannot read. The line as it was written goes into a file of the
 * folder `aside` first; in the segment its checksum is spoiled, so that every reader passes over it and counts it as corrupted.
 * Nobody may write to the segment meanwhile. Gives the file that has the line.
 */
export function setAside(
  disk: Disk,
  { folder, aside }: { readonly folder: string; readonly aside: string },
  { segment, at }: LinePlace,
): Result<string, AsideProblem> {
  const found = listSegments(disk, folder).find(({ file, path }) => segment === file || path.endsWith(`/${segment}`));
  if (found === undefined) return err({ type: "no-segment", segment });
  const read = readSegment(disk, found.path, { offset: at });
  if (read.ok) return err({ type: "readable", segment, at });
  if (read.error.type !== "unreadable-event") return read;
  if (read.error.at !== at) return err({ type: "readable", segment, at });
  const bytes = wholeOf(disk, found);
  if (!bytes.ok) return bytes;
  const line = readLine(bytes.value, at);
  assert(line !== undefined, "a line that was found to be unreadable is whole");
  const kept = `${aside}/${found.file}.${at}`;
  const made = disk.makeFolder(aside);
  const keeping = made.ok ? disk.replace(kept, bytes.value.subarray(at, line.end)) : made;
  if (!keeping.ok) return keeping;
  spoilLine(bytes.value, line);
  const replaced = disk.replace(`${folder}/${found.file}`, bytes.value);
  if (!replaced.ok) return replaced;
  // The written one counts from now on, and is packed again.
  if (found.isPacked) disk.remove(found.path);
  return ok(kept);
}

function wholeOf(disk: Disk, { path, bytes, isPacked }: FoundSegment): Result<Buffer, ReadProblem> {
  if (isPacked) return readPacked(disk, path, { offset: 0, most: bytes });
  const read = disk.read(path, 0, bytes);
  return read === undefined ? err({ type: "gone", path }) : ok(read);
}
