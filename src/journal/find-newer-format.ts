import { type Disk } from "#world";
import { packedProblem } from "./packed-segment.ts";
import { listSegments, readSegment } from "./read-segment.ts";

const HEADER_BYTES = 1024;

/**
 * The version of a segment that a newer program has written; undefined where there is none. Of packed ones only the file's
 * own version is looked at: whoever packs has newer segments of its own beside them, not packed yet.
 */
export function findNewerFormat(disk: Disk, folder: string): number | undefined {
  for (const { path, isPacked } of listSegments(disk, folder)) {
    const read = isPacked ? packedProblem(disk, path) : readSegment(disk, path, { offset: 0, most: HEADER_BYTES });
    if (!read.ok && read.error.type === "newer-format") return read.error.version;
  }
  return undefined;
}
