import { createCipheriv, createDecipheriv } from "node:crypto";
import { type AppendFile, type Chance, type Disk, type DiskProblem } from "#world";

export interface DiskShelfOptions {
  readonly disk: Disk;
  readonly chance: Chance;
  /** Of this shelf alone: what an earlier one left in it is removed. */
  readonly folder: string;
  readonly bytesMax: number;
  /** Never fewer are left on the disk for others. */
  readonly freeBytesMin: number;
  /** Told once; the shelf then takes nothing more. */
  readonly onProblem: (problem: DiskProblem) => void;
}

interface Segment {
  readonly path: string;
  readonly file: AppendFile;
  isGone: boolean;
}

/** Where bytes lie, until their file has to make room. */
export interface Spot {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
  readonly nonce: Buffer;
}

/** What is dropped at once to make room is at most one part in so many. */
const SEGMENTS = 16;
const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Bytes that memory has no room for, in files that only this process can read: they are encrypted with AES-256-GCM under a
 * key that is never written and goes with the process. Bounded; the file that was begun first is dropped whole.
 */
export class DiskShelf {
  readonly #options: DiskShelfOptions;
  readonly #key: Buffer;
  readonly #segments: Segment[] = [];
  #count = 0;
  #bytes = 0;
  #isBroken = false;

  constructor(options: DiskShelfOptions) {
    const { disk, folder, chance } = options;
    this.#options = options;
    this.#key = Buffer.from(chance.hex(KEY_BYTES), "hex");
    const made = disk.makeFolder(folder);
    if (!made.ok) this.#break(made.error);
    for (const name of disk.list(folder)) disk.remove(`${folder}/${name}`);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined when there is no room for them, or the disk fails. */
  put(plain: Buffer): Spot | undefined {
    const length = plain.length + TAG_BYTES;
    if (this.#isBroken || length > this.#segmentBytes) return undefined;
    const segment = this.#segmentFor(length);
    if (segment === undefined) return undefined;
    const nonce = this.#nextNonce();
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const offset = segment.file.length;
    const appended = segment.file.append(sealed);
    if (!appended.ok) {
      this.#break(appended.error);
      return undefined;
    }
    this.#bytes += length;
    return { segment, offset, length, nonce };
  }

  /** Undefined when they made room for others, or are not what was written. */
  read({ segment, offset, length, nonce }: Spot): Buffer | undefined {
    if (segment.isGone) return undefined;
    const sealed = this.#options.disk.read(segment.path, offset, length);
    if (sealed?.length !== length) return undefined;
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      // The tag does not fit: the file was changed by somebody, and is not used any more.
      this.#drop(segment);
      return undefined;
    }
    return plain;
  }

  get #segmentBytes(): number {
    return Math.floor(this.#options.bytesMax / SEGMENTS);
  }

  #segmentFor(length: number): Segment | undefined {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.file.length + length <= this.#segmentBytes) return last;
    while (this.#segments.length >= SEGMENTS) this.#dropOldest();
    const { disk, folder, freeBytesMin } = this.#options;
    while (disk.freeBytes(folder) < freeBytesMin + this.#segmentBytes) if (!this.#dropOldest()) return undefined;
    const path = `${folder}/${this.#count}.answers`;
    const opened = disk.openAppend(path);
    if (!opened.ok) {
      this.#break(opened.error);
      return undefined;
    }
    const segment = { path, file: opened.value, isGone: false };
    this.#count += 1;
    this.#segments.push(segment);
    return segment;
  }

  /** Whether there was one. */
  #dropOldest(): boolean {
    const [oldest] = this.#segments;
    if (oldest === undefined) return false;
    this.#drop(oldest);
    return true;
  }

  #drop(segment: Segment): void {
    const at = this.#segments.indexOf(segment);
    if (at === -1) return;
    this.#segments.splice(at, 1);
    segment.isGone = true;
    this.#bytes -= segment.file.length;
    segment.file.close();
    this.#options.disk.remove(segment.path);
  }

  #break(problem: DiskProblem): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    while (this.#dropOldest()) continue;
    this.#options.onProblem(problem);
  }

  /** A counter: the key is of this shelf alone, and no number comes twice under it. */
  #nextNonce(): Buffer {
    const nonce = Buffer.alloc(NONCE_BYTES);
    this.#written += 1n;
    nonce.writeBigUInt64BE(this.#written, NONCE_BYTES - 8);
    return nonce;
  }

  #written = 0n;
}
