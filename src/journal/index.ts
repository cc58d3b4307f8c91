/** The append-only record of what happened: segments written by each thread, sealed, and read in any order. */
export { type FsyncPolicy, JournalWriter, type JournalWriterOptions } from "./journal-writer.ts";
export { type FoundSegment, listSegments, type ReadEvent, type ReadProblem, readSegment } from "./read-segment.ts";
export { type SegmentPart } from "./read-segment.ts";
export { sealAbandoned, type SealedAbandoned, type SealProblem } from "./seal-abandoned.ts";
