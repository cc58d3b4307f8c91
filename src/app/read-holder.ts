import { type JournalFold } from "#budget";
import { type FoundSegment, readSegment, type ReadProblem } from "#journal";
import { err, ok, type Result } from "#std";
import { type Instant } from "#units";
import { type World } from "#world";

/** Names one life of one thread, in budgets as in the names of its journal segments. */
export function holderOf({
  node,
  thread,
  incarnation,
}: Pick<FoundSegment, "node" | "thread"> & { readonly incarnation: string | number }): string {
  return `${node}.${thread}.${incarnation}`;
}

const PART_BYTES = 1024 * 1024;
/** A longer header is read whole. */
const HEAD_BYTES = 4 * 1024;

/**
 * Reads what a holder has charged into the fold, a piece at a time, so that others are served meanwhile: all that it has
 * written, or with `fromSums` what stands behind the last sums that it wrote of all before. Gives the number of lines that
 * could not be read.
 */
export async function readHolder(
  { disk, clock }: World,
  segments: readonly FoundSegment[],
  { fold, fromSums }: { readonly fold: JournalFold; readonly fromSums: boolean },
): Promise<Result<number, ReadProblem>> {
  let corrupted = 0;
  const inOrder = segments.toSorted((left, right) => left.sequence - right.sequence);
  const first = fromSums ? beginAtSums(disk, inOrder, fold) : 0;
  for (const segment of inOrder.slice(first)) {
    const holder = holderOf(segment);
    for (let offset = 0, isAtEnd = false; !isAtEnd;) {
      const part = readSegment(disk, segment.path, { offset, most: PART_BYTES });
      if (!part.ok) return err(part.error);
      for (const { event } of part.value.events) fold.read(holder, event);
      corrupted += part.value.corrupted;
      isAtEnd = part.value.isAtEnd || part.value.end === offset;
      offset = part.value.end;
      if (!isAtEnd) await clock.sleep(0);
    }
  }
  return ok(corrupted);
}

/** The last segment whose header says what stands before it; the fold has that. The first where there is none. */
function beginAtSums(disk: World["disk"], inOrder: readonly FoundSegment[], fold: JournalFold): number {
  return Math.max(
    0,
    inOrder.findLastIndex((segment) => {
      const head = readSegment(disk, segment.path, { offset: 0, most: HEAD_BYTES });
      const soFar = head.ok ? head.value.header?.soFar : undefined;
      return soFar !== undefined && fold.begin(holderOf(segment), soFar);
    }),
  );
}

// A seal is shorter than this unless thousands of attempts were carried on, and then the segment is not the last.
const TAIL_BYTES = 64 * 1024;

/** When a holder has written its last line; undefined while its last segment is not sealed. */
export function sealedAt({ disk }: World, segments: readonly FoundSegment[]): Instant | undefined {
  const last = segments.toSorted((left, right) => left.sequence - right.sequence).at(-1);
  if (last === undefined) return undefined;
  const tail = readSegment(disk, last.path, { offset: Math.max(0, last.bytes - TAIL_BYTES) });
  return tail.ok ? tail.value.seal?.at : undefined;
}
