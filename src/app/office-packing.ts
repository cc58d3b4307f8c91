import { type FoundSegment, listSegments, packSegment } from "#journal";
import { type Instant, instant } from "#units";
import { type World } from "#world";
import { type FolderTurns } from "./folder-turns.ts";
import { type Log } from "./log.ts";
import { sealedAt } from "./read-holder.ts";

export interface OfficePackingOptions {
  readonly world: World;
  /** Of the journal. */
  readonly folder: string;
  /** Since its seal; undefined for never. */
  readonly packAfterMs: () => number | undefined;
  readonly turns: FolderTurns;
  readonly log: Log;
}

const LOOK_MS_MAX = 3_600_000;
const LOOK_MS_MIN = 1000;
/** So often in the time that a segment has to wait. */
const LOOKS = 24;
/** The ledger waits so long for its next pass. */
const WORK_MS = 500;
/** Of smaller ones there is nothing to gain, and all blocks of a larger one would have to stand in memory. */
const BYTES_MIN = 16 * 1024;
const BYTES_MAX = 512 * 1024 * 1024;
/** What calls that run now may write meanwhile. */
const ROOM_BYTES = 64 * 1024 * 1024;

/** Packs what was sealed long ago: the journal is kept to be loaded again, and is seldom read. */
export class OfficePacking {
  readonly #options: OfficePackingOptions;
  #lookAtMs = 0;
  #due: FoundSegment[] = [];

  constructor(options: OfficePackingOptions) {
    this.#options = options;
  }

  /** Looks every now and then and packs for half a second, or one segment. Not while somebody else has the folder's turn. */
  async tick(): Promise<void> {
    const { world, packAfterMs, turns } = this.#options;
    const afterMs = packAfterMs();
    if (afterMs === undefined || !turns.isFree) return;
    const nowMs = world.clock.monotonicMs();
    if (this.#due.length === 0 && nowMs >= this.#lookAtMs) {
      this.#lookAtMs = nowMs + Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, afterMs / LOOKS));
      this.#due = this.#sealedBefore(instant(Math.max(0, world.clock.now() - afterMs)));
    }
    if (this.#due.length > 0) await turns.take(() => this.#packSome());
  }

  #sealedBefore(before: Instant): FoundSegment[] {
    const { world, folder } = this.#options;
    return listSegments(world.disk, folder).filter((segment) => {
      if (segment.isPacked || segment.bytes < BYTES_MIN || segment.bytes > BYTES_MAX) return false;
      const at = sealedAt(world, [segment]);
      return at !== undefined && at <= before;
    });
  }

  async #packSome(): Promise<void> {
    const { world, folder, log } = this.#options;
    const untilMs = world.clock.monotonicMs() + WORK_MS;
    let [segments, before, after] = [0, 0, 0];
    while (this.#due.length > 0 && world.clock.monotonicMs() < untilMs) {
      const [segment, ...later] = this.#due;
      this.#due = later;
      if (segment === undefined) return;
      if (world.disk.freeBytes(folder) < segment.bytes + ROOM_BYTES) {
        this.#due = [];
        log("warn", "packing-waits", { problem: "the disk is nearly full" });
        break;
      }
      const packed = await packSegment(world, folder, segment);
      if (!packed.ok) {
        // Retention may have let it go since it was listed.
        if (packed.error.type !== "gone")
          log("error", "packing-failed", { problem: packed.error.type, path: segment.path });
        continue;
      }
      segments += 1;
      before += segment.bytes;
      after += packed.value;
    }
    if (segments > 0) log("info", "packed", { segments, bytes: before, bytes_packed: after });
  }
}
