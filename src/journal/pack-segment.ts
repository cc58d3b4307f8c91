import { err, ok, type Result } from "#std";
import { type Clock, type Disk, type DiskProblem } from "#world";
import { hasSealedTail } from "./sealed-tail.ts";
import { BLOCK_BYTES, encodePacked, packBlock, type PackedProblem, readPacked } from "./packed-segment.ts";
import { type FoundSegment } from "./read-segment.ts";
import { fileNameOf, packedNameOf } from "./segment.ts";

export type PackProblem =
  | DiskProblem
  | PackedProblem
  /** It may still grow. */
  | { readonly type: "not-sealed"; readonly path: string }
  /** What was written does not read as what it was made of; the segment is left as it was. */
  | { readonly type: "packed-differs"; readonly path: string };

/**
 * Puts a packed file in the place of a sealed segment. The segment goes only when the packed one is on the device and reads
 * as the same bytes; a crash before that leaves both, and the first counts. Gives the bytes of the packed file.
 */
export async function packSegment(
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  folder: string,
  segment: FoundSegment,
): Promise<Result<number, PackProblem>> {
  const { path, bytes } = segment;
  if (!hasSealedTail(disk, segment)) return err({ type: "not-sealed", path });
  const blocks: Buffer[] = [];
  for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) {
    const block = disk.read(path, offset, Math.min(BLOCK_BYTES, bytes - offset));
    if (block === undefined) return err({ type: "gone", path });
    blocks.push(packBlock(block));
    // The office answers pages between two blocks.
    await clock.sleep(0);
  }
  const packed = `${folder}/${packedNameOf(segment)}`;
  const file = encodePacked({ bytes, blocks });
  const written = disk.replace(packed, file);
  if (!written.ok) return written;
  for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) {
    const place = { offset, most: BLOCK_BYTES };
    const [was, is] = [disk.read(path, offset, BLOCK_BYTES), readPacked(disk, packed, place)];
    if (!is.ok) return is;
    if (was?.equals(is.value) !== true) {
      disk.remove(packed);
      return err({ type: "packed-differs", path });
    }
    await clock.sleep(0);
  }
  disk.remove(path);
  return ok(file.length);
}

/** Removes a segment in every form that it may have: a crash may have left both. */
export function removeSegment(disk: Disk, folder: string, segment: FoundSegment): void {
  // A packed one that was never finished, too: its name is that of a file which is being replaced.
  for (const name of [fileNameOf(segment), packedNameOf(segment), `${packedNameOf(segment)}.new`])
    disk.remove(`${folder}/${name}`);
}
