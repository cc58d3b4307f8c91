import { createCipheriv } from "node:crypto";
import { err, ok, type Result } from "#std";
import { type Disk, type DiskProblem } from "#world";

/** Room for about a thousand settlements: more than a thread has in flight. */
const RESERVE_BYTES = 1024 * 1024;
/** Setting the reserve aside must not itself fill the disk. */
const FREE_BYTES_MIN = 4 * RESERVE_BYTES;

/** Space set aside in a file, given up when the disk is full so that attempts in flight can still be settled. */
export class Reserve {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #path: string;
  #isSet = false;

  constructor(disk: Disk, { folder, file }: { readonly folder: string; readonly file: string }) {
    this.#disk = disk;
    this.#folder = folder;
    this.#path = `${folder}/${file}`;
  }

  set(): Result<void, DiskProblem> {
    if (this.#isSet) return ok(undefined);
    if (this.#disk.freeBytes(this.#folder) < FREE_BYTES_MIN) return err({ type: "disk-full", path: this.#path });
    // Bytes that do not compress: on a file system that packs them, zeros would set nothing aside.
    const bytes = createCipheriv("aes-256-ctr", Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(RESERVE_BYTES));
    const written = this.#disk.replace(this.#path, bytes);
    this.#isSet = written.ok;
    return written;
  }

  /** True when there was something to give up. */
  release(): boolean {
    if (!this.#isSet) return false;
    this.#disk.remove(this.#path);
    this.#isSet = false;
    return true;
  }
}
