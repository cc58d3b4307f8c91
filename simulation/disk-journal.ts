/** The journal of one thread: the production writer and reader on a disk in memory, which may fill, and tear a last line. */
import { type JournalEvent } from "#events";
import { JournalWriter, listSegments, readSegment, sealAbandoned } from "#journal";
import { type TestClock, TestDisk } from "../src/journal/test-world.ts";

const FOLDER = "/journal";
/** Small, so that attempts are carried from segment to segment. */
const SEGMENT_BYTES = 8 * 1024;

/** The beginning of a line that nobody finished. */
const TORN = '{"type":"attempt-settled","attempt":"attempt_';

export class DiskJournal {
  readonly #disk = new TestDisk();
  readonly #clock: TestClock;
  readonly #writer: JournalWriter;
  /** What was read of segments that take no more lines, and how many they are. */
  #read: readonly JournalEvent[] = [];
  #isChanged = true;

  constructor(clock: TestClock, incarnation: string) {
    this.#clock = clock;
    const names = { folder: FOLDER, node: "node", thread: 1, incarnation, fsync: "never" } as const;
    const opened = JournalWriter.open({ disk: this.#disk, clock, ...names, segmentBytes: SEGMENT_BYTES });
    if (!opened.ok) throw new Error(`no journal: ${opened.error.type}`);
    this.#writer = opened.value;
  }

  /** False when the disk does not take it: then it has not happened. */
  append(event: JournalEvent): boolean {
    this.#isChanged = true;
    return this.#writer.append(event).ok;
  }

  /** All good lines, in order, as whoever comes after a crash finds them. */
  events(): readonly JournalEvent[] {
    if (!this.#isChanged) return this.#read;
    this.#isChanged = false;
    const segments = listSegments(this.#disk, FOLDER).toSorted((left, right) => left.sequence - right.sequence);
    this.#read = segments.flatMap(({ path }) => {
      const part = readSegment(this.#disk, path, { offset: 0 });
      if (!part.ok) throw new Error(`${path}: ${part.error.type}`);
      return part.value.events.map(({ event }) => event);
    });
    return this.#read;
  }

  /** No byte more than the reserve, in which attempts in flight are settled; never while that is given up already. */
  fill(): void {
    if (![...this.#disk.files.keys()].some((path) => path.endsWith(".reserve"))) return;
    let used = 0;
    for (const bytes of this.#disk.files.values()) used += bytes.length;
    this.#disk.capacity = used;
  }

  makeRoom(): void {
    this.#disk.capacity = Infinity;
  }

  /** The process dies, perhaps in the middle of a line, and its successor seals what it left. */
  die({ isTorn }: { readonly isTorn: boolean }): void {
    this.makeRoom();
    const last = listSegments(this.#disk, FOLDER).at(-1);
    const bytes = last === undefined ? undefined : this.#disk.files.get(last.path);
    if (isTorn && last !== undefined && bytes !== undefined)
      this.#disk.files.set(last.path, Buffer.concat([bytes, Buffer.from(TORN)]));
    const before = this.events().length;
    const { problems } = sealAbandoned({ disk: this.#disk, clock: this.#clock, folder: FOLDER, alive: () => false });
    if (problems.length > 0) throw new Error(`a journal could not be sealed: ${problems[0]?.type}`);
    this.#isChanged = true;
    if (this.events().length !== before) throw new Error("sealing changed what a journal says");
  }
}
