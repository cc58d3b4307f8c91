/** The journal of one thread: the production writer and reader on a disk in memory, which may fill, and tear a last line. */
import { type JournalEvent } from "#events";
import { type JournalWriter } from "#journal";
import { type Clock } from "#world";
import { type TestDisk } from "../src/journal/test-world.ts";
import { type Room } from "./room.ts";

export const JOURNAL_FOLDER = "/journal";
/** Small, so that attempts are carried from segment to segment. */
const SEGMENT_BYTES = 8 * 1024;

/** The beginning of a line that nobody finished. */
const TORN = '{"type":"attempt-settled","attempt":"attempt_';

interface Place {
  readonly room: Room;
  readonly disk: TestDisk;
  readonly clock: Clock;
  readonly name: { readonly node: string; readonly thread: number; readonly incarnation: string };
}

export class DiskJournal {
  readonly #place: Place;
  readonly #writer: JournalWriter;
  /** What was read of segments that take no more lines, and how many they are. */
  #read: readonly JournalEvent[] = [];
  #isChanged = true;

  constructor(place: Place) {
    this.#place = place;
    const { room, disk, clock, name } = place;
    const how = { folder: JOURNAL_FOLDER, fsync: "never", segmentBytes: SEGMENT_BYTES } as const;
    const opened = room.JournalWriter.open({ disk, clock, ...name, ...how });
    if (!opened.ok) throw new Error(`no journal: ${opened.error.type}`);
    this.#writer = opened.value;
  }

  get disk(): TestDisk {
    return this.#place.disk;
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
    const { room, disk } = this.#place;
    this.#read = this.#segments().flatMap(({ path }) => {
      const part = room.readSegment(disk, path, { offset: 0 });
      if (!part.ok) throw new Error(`${path}: ${part.error.type}`);
      return part.value.events.map(({ event }) => event);
    });
    return this.#read;
  }

  /** No byte more than the reserve, in which attempts in flight are settled; never while that is given up already. */
  fill(): void {
    const { disk } = this.#place;
    if (![...disk.files.keys()].some((path) => path.endsWith(".reserve"))) return;
    let used = 0;
    for (const bytes of disk.files.values()) used += bytes.length;
    disk.capacity = used;
  }

  makeRoom(): void {
    this.#place.disk.capacity = Infinity;
  }

  /** The process dies, perhaps in the middle of a line, and its successor seals what it left. */
  die({ isTorn }: { readonly isTorn: boolean }): void {
    this.makeRoom();
    const { room, disk, clock } = this.#place;
    const last = this.#segments().at(-1);
    const bytes = last === undefined ? undefined : disk.files.get(last.path);
    if (isTorn && last !== undefined && bytes !== undefined)
      disk.files.set(last.path, Buffer.concat([bytes, Buffer.from(TORN)]));
    const before = this.events().length;
    const { problems } = room.sealAbandoned({ disk, clock, folder: JOURNAL_FOLDER, alive: () => false });
    if (problems.length > 0) throw new Error(`a journal could not be sealed: ${problems[0]?.type}`);
    this.#isChanged = true;
    if (this.events().length !== before) throw new Error("sealing changed what a journal says");
  }

  #segments() {
    const { room, disk, name } = this.#place;
    return room
      .listSegments(disk, JOURNAL_FOLDER)
      .filter(({ thread, incarnation }) => thread === name.thread && incarnation === name.incarnation)
      .toSorted((left, right) => left.sequence - right.sequence);
  }
}
