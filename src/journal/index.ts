/** The append-only record of what happened: segments written by each thread, sealed, and read in any order. */
export { JournalSection } from "./journal-config.ts";
export { type FsyncPolicy, JournalWriter, type JournalWriterOptions } from "./journal-writer.ts";
export { type FoundSegment, listSegments, type ReadProblem, readSegment, type SegmentPart } from "./read-segment.ts";
export { sealAbandoned, type SealProblem } from "./seal-abandoned.ts";
