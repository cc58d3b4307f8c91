import { TestDisk } from "../src/journal/test-world.ts";

/** The disk of one machine: a file that does not fit leaves what it was to replace, as a rename does. */
export class MachineDisk extends TestDisk {
  override replace(path: string, bytes: Uint8Array): ReturnType<TestDisk["replace"]> {
    const before = this.files.get(path);
    const replaced = super.replace(path, bytes);
    if (!replaced.ok && before !== undefined) this.files.set(path, before);
    return replaced;
  }

  /** No byte more than there are now. */
  fill(): void {
    this.capacity = 0;
    for (const bytes of this.files.values()) this.capacity += bytes.length;
  }

  makeRoom(): void {
    this.capacity = Infinity;
  }
}
