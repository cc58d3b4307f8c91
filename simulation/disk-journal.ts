/** The journal of one thread: the production writer and reader on a disk in memory, which may fill, and tear a last line. */
import { type JournalEvent } from "#events";
import { type JournalWriter } from "#journal";
import { type Clock } from "#world";
import { type MachineDisk } from "./machine-disk.ts";
import { type Room } from "./room.ts";

export const JOURNAL_FOLDER = "/journal";
/** Small, so that attempts are carried from segment to segment. */
const SEGMENT_BYTES = 8 * 1024;

/** The beginning of a line that nobody finished. */
const TORN = '{"type":"attempt-settled","attempt":"attempt_';

interface Place {
  readonly room: Room;
  readonly disk: MachineDisk;
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

  get disk(): MachineDisk {
    return this.#place.disk;
  }

  /** What the thread says at the beginning of each segment but the first. */
  sumUpWith(sumUp: () => string | undefined): void {
    this.#writer.sumUpWith(sumUp);
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

  /** Space set aside, in which attempts in flight are settled; it is given up when the disk is full. */
  get hasReserve(): boolean {
    const { node, thread, incarnation } = this.#place.name;
    return this.#place.disk.files.has(`${JOURNAL_FOLDER}/${node}.${thread}.${incarnation}.reserve`);
  }

  /** The thread dies, perhaps in the middle of a line. */
  die({ isTorn }: { readonly isTorn: boolean }): void {
    const { disk } = this.#place;
    disk.makeRoom();
    const last = this.#segments().at(-1);
    const bytes = last === undefined ? undefined : disk.files.get(last.path);
    if (isTorn && last !== undefined && bytes !== undefined)
      disk.files.set(last.path, Buffer.concat([bytes, Buffer.from(TORN)]));
    this.#isChanged = true;
  }

  /** Somebody else seals what a dead thread left. */
  seal(alive: (thread: number, incarnation: string) => boolean): void {
    const { room, disk, clock } = this.#place;
    const before = this.events().length;
    const { problems } = room.sealAbandoned({ disk, clock, folder: JOURNAL_FOLDER, alive });
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
