/** The append-only record of what happened: segments written by each thread, sealed, and read in any order. */
export { JournalSection } from "./journal-config.ts";
export { findNewerFormat } from "./find-newer-format.ts";
export { JournalWriter } from "./journal-writer.ts";
export { type FoundSegment, listSegments, type ReadProblem, readSegment, type SegmentPart } from "./read-segment.ts";
export { packSegment, removeSegment } from "./pack-segment.ts";
export { sealAbandoned } from "./seal-abandoned.ts";
export { setAside } from "./set-aside.ts";
