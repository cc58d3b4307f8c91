import { err, ok, type Result } from "#std";
import { type Instant } from "#units";
import { type Clock, type Disk, type DiskProblem } from "#world";
import { LineEncoder } from "./line.ts";
import { type FoundSegment, listSegments, readSegment, type ReadProblem } from "./read-segment.ts";
import { hasSealedTail } from "./sealed-tail.ts";
import { encodeSeal } from "./segment.ts";

export interface SealAbandonedOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: string;
  /** Whether the writer of a segment is still there; its segments are left alone. */
  readonly alive: (thread: number, incarnation: string) => boolean;
}

export interface SealedAbandoned {
  readonly path: string;
  /** Bytes of a line that was never finished, cut off. */
  readonly cutBytes: number;
  /** Attempts that the next segment of the same writer had taken over before the crash. */
  readonly carried: readonly string[];
}

export type SealProblem = DiskProblem | ReadProblem;

/**
 * Closes what a crash left open: cuts off an unfinished last line and writes a seal. Attempts that were dispatched and
 * not settled there become in doubt, unless the writer's next segment carries them on. A file without a whole header
 * holds nothing and is removed. Segments that cannot be read are left as they are and reported.
 */
export function sealAbandoned(options: SealAbandonedOptions): {
  readonly sealed: readonly SealedAbandoned[];
  readonly problems: readonly SealProblem[];
} {
  const { disk, folder, alive } = options;
  const segments = listSegments(disk, folder).filter(({ thread, incarnation }) => !alive(thread, incarnation));
  removeReserves(options);
  const sealed: SealedAbandoned[] = [];
  const problems: SealProblem[] = [];
  for (const segment of segments) {
    const next = segments.find((other) => isNext(segment, other));
    const done = sealOne(segment, next, options);
    if (!done.ok) problems.push(done.error);
    else if (done.value !== undefined) sealed.push(done.value);
  }
  return { sealed, problems };
}

function isNext(segment: FoundSegment, other: FoundSegment): boolean {
  return (
    other.node === segment.node &&
    other.thread === segment.thread &&
    other.incarnation === segment.incarnation &&
    other.sequence === segment.sequence + 1
  );
}

/** A header may say much of the segments before. */
const HEAD_BYTES = 8 * 1024 * 1024;

function sealOne(
  segment: FoundSegment,
  next: FoundSegment | undefined,
  { disk, clock }: SealAbandonedOptions,
): Result<SealedAbandoned | undefined, SealProblem> {
  if (segment.isPacked || hasSealedTail(disk, segment)) return ok(undefined);
  const read = scan(disk, segment.path);
  if (!read.ok) return read;
  const { end, length, open, isSealed } = read.value;
  if (isSealed) return ok(undefined);
  if (end === 0) {
    // Nothing is lost with a header that was never finished; whole lines that cannot be read are evidence.
    if (disk.read(segment.path, 0, HEAD_BYTES)?.includes(0x0a)) return err({ type: "no-header", path: segment.path });
    disk.remove(segment.path);
    return ok(undefined);
  }
  const taken = next === undefined ? ok(new Set<string>()) : dispatchedIn(disk, next.path);
  if (!taken.ok) return taken;
  const carried = [...open].filter((attempt) => taken.value.has(attempt));
  const written = cutAndSeal(disk, { path: segment.path, end, carried, at: clock.now() });
  return written.ok ? ok({ path: segment.path, cutBytes: length - end, carried }) : written;
}

interface Scan {
  /** After the last good line. */
  readonly end: number;
  readonly length: number;
  readonly open: ReadonlySet<string>;
  readonly isSealed: boolean;
}

function scan(disk: Disk, path: string): Result<Scan, ReadProblem> {
  const open = new Set<string>();
  for (let offset = 0; ;) {
    const read = readSegment(disk, path, { offset });
    if (!read.ok) return read;
    const { events, end, torn, isAtEnd, seal } = read.value;
    for (const { event } of events) {
      if (event.type === "attempt-dispatched") open.add(event.attempt);
      else if (event.type === "attempt-settled") open.delete(event.attempt);
    }
    if (seal !== undefined || isAtEnd) return ok({ end, length: end + torn, open, isSealed: seal !== undefined });
    offset = end;
  }
}

function dispatchedIn(disk: Disk, path: string): Result<ReadonlySet<string>, ReadProblem> {
  const dispatched = new Set<string>();
  for (let offset = 0; ;) {
    const read = readSegment(disk, path, { offset });
    if (!read.ok) return read;
    for (const { event } of read.value.events) if (event.type === "attempt-dispatched") dispatched.add(event.attempt);
    if (read.value.isAtEnd) return ok(dispatched);
    offset = read.value.end;
  }
}

function cutAndSeal(
  disk: Disk,
  { path, end, carried, at }: { path: string; end: number; carried: readonly string[]; at: Instant },
): Result<void, DiskProblem> {
  const cut = disk.truncate(path, end);
  if (!cut.ok) return cut;
  const file = disk.openAppend(path);
  if (!file.ok) return file;
  const sealed = file.value.append(new LineEncoder().encode(encodeSeal(at, carried)));
  const synced = sealed.ok ? file.value.syncNow() : sealed;
  file.value.close();
  return synced;
}

const RESERVE_NAME = /^[A-Za-z0-9-]+\.(\d+)\.([A-Za-z0-9-]+)\.reserve$/;

function removeReserves({ disk, folder, alive }: SealAbandonedOptions): void {
  for (const file of disk.list(folder)) {
    const [, thread = "", incarnation = ""] = RESERVE_NAME.exec(file) ?? [];
    if (incarnation !== "" && !alive(Number(thread), incarnation)) disk.remove(`${folder}/${file}`);
  }
}
