import { decodeEvent, type EventProblem, type JournalEvent } from "#events";
import { err, ok, type Result } from "#std";
import { type Disk } from "#world";
import { type Line, readLine } from "./line.ts";
import { readPacked } from "./packed-segment.ts";
import { decodeHeader, decodeSeal, fileNameOf, parseFileName, parsePackedName, type Seal } from "./segment.ts";
import { type SegmentHeader, type SegmentName, type SegmentProblem } from "./segment.ts";

export interface ReadEvent {
  readonly event: JournalEvent;
  /** Byte after its line: reading may go on there. */
  readonly end: number;
}

/** What was read of a segment from an offset on. */
export interface SegmentPart {
  /** Only when reading began at 0. */
  readonly header: SegmentHeader | undefined;
  readonly events: readonly ReadEvent[];
  /** Where to read on. Stands before a bad line until a good one follows, since `sealAbandoned` may cut it off. */
  readonly end: number;
  readonly seal: Seal | undefined;
  /** Lines in the middle whose checksum does not fit; what they said is lost and the rest goes on. */
  readonly corrupted: number;
  /** Bytes after `end` that are not yet, or never became, a good line. */
  readonly torn: number;
  /** Nothing more stands in the file now. */
  readonly isAtEnd: boolean;
}

export type ReadProblem =
  | SegmentProblem
  | { readonly type: "gone"; readonly path: string }
  | {
      readonly type: "unreadable-event";
      readonly path: string;
      /** Byte where its line starts. */
      readonly at: number;
      readonly problem: EventProblem;
    };

const READ_BYTES = 4 * 1024 * 1024;

export interface ReadFrom {
  readonly offset: number;
  /** Bytes to read at most; a longer line is still read whole. Default 4 MiB. */
  readonly most?: number;
  /** Room for the bytes while they are read, if they fit: memory made anew for each part costs a tenth of its reading. */
  readonly scratch?: Buffer;
}

/** Reads whole good lines. A segment can be read beside its writer, and beside whoever packs it. */
export function readSegment(disk: Disk, path: string, from: ReadFrom): Result<SegmentPart, ReadProblem> {
  const { offset, most = READ_BYTES, scratch } = from;
  const read = readBytes(disk, path, { offset, most, scratch });
  if (!read.ok) return read;
  const bytes = read.value;
  const isWhole = bytes.length < most;
  const part = readLines(bytes, { path, offset });
  if (!part.ok) return part;
  if (!isWhole && part.value.end === offset) return readSegment(disk, path, { ...from, most: most * 2 });
  return ok({ ...part.value, isAtEnd: isWhole && part.value.isAtEnd });
}

interface BytesPlace {
  readonly offset: number;
  readonly most: number;
  readonly scratch: Buffer | undefined;
}

/** What stands at an offset of the segment as it was written, in whichever file it is now. */
function readBytes(disk: Disk, path: string, place: BytesPlace): Result<Buffer, ReadProblem> {
  const bytes = path.endsWith(PACKED) ? undefined : disk.read(path, place.offset, place.most, place.scratch);
  if (bytes !== undefined) return ok(bytes);
  const packed = path.endsWith(PACKED) ? path : packedBeside(disk, path);
  return packed === undefined ? err({ type: "gone", path }) : readPacked(disk, packed, place);
}

const PACKED = ".packed";

/** Where a segment stands that was packed after somebody had listed it. */
function packedBeside(disk: Disk, path: string): string | undefined {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const start = path.slice(folder.length + 1).replace(/journal$/, "");
  const name = disk.list(folder).find((file) => file.startsWith(start) && parsePackedName(file) !== undefined);
  return name === undefined ? undefined : `${folder}/${name}`;
}

interface Place {
  readonly path: string;
  readonly offset: number;
}

function readLines(bytes: Buffer, { path, offset }: Place): Result<SegmentPart, ReadProblem> {
  const events: ReadEvent[] = [];
  let header: SegmentHeader | undefined;
  let seal: Seal | undefined;
  let corrupted = 0;
  let badSinceGood = 0;
  let end = 0;
  let isAtEnd = true;
  for (let at = 0, line: Line | undefined; (line = readLine(bytes, at)) !== undefined; at = line.end) {
    if (line.text === undefined) {
      badSinceGood += 1;
      continue;
    }
    if (at + offset === 0) {
      const read = decodeHeader(line.text, path);
      if (!read.ok) return read;
      header = read.value;
    } else {
      seal = decodeSeal(line.text);
      if (seal === undefined) {
        const event = decodeEvent(line.text);
        // What stands before is given out first; the next reading begins here and tells.
        if (!event.ok && end === 0)
          return err({ type: "unreadable-event", path, at: at + offset, problem: event.error });
        if (!event.ok) {
          isAtEnd = false;
          break;
        }
        events.push({ event: event.value, end: line.end + offset });
      }
    }
    corrupted += badSinceGood;
    badSinceGood = 0;
    end = line.end;
  }
  return ok({ header, events, end: end + offset, seal, corrupted, torn: bytes.length - end, isAtEnd });
}

export interface FoundSegment extends SegmentName {
  /** Of the file that it stands in now. */
  readonly path: string;
  /** Name of the file that it was written to, by which the ledger remembers it. */
  readonly file: string;
  /** As they were written; a packed file has fewer. */
  readonly bytes: number;
  readonly isPacked: boolean;
}

/** The segments in a folder, by name; other files are passed over. Where a crash has left both forms, the written one counts. */
export function listSegments(disk: Disk, folder: string): readonly FoundSegment[] {
  const found = new Map<string, FoundSegment>();
  for (const listed of disk.list(folder)) {
    const path = `${folder}/${listed}`;
    const packed = listed.endsWith(PACKED) ? parsePackedName(listed) : undefined;
    if (packed !== undefined) {
      const file = fileNameOf(packed);
      found.set(file, { ...packed, path, file, isPacked: true });
      continue;
    }
    const name = parseFileName(listed);
    if (name === undefined) continue;
    const bytes = disk.size(path);
    // Packed, or deleted, since the folder was listed: another look finds it in its new form, if it has one.
    if (bytes === undefined && !disk.list(folder).includes(listed)) return listSegments(disk, folder);
    if (bytes !== undefined) found.set(listed, { ...name, path, file: listed, bytes, isPacked: false });
  }
  return [...found.values()];
}
