import { TestDisk } from "../src/journal/test-world.ts";

/** The disks of several machines, as one who reads the journals of all of them sees them. */
export class JoinedDisk extends TestDisk {
  readonly #disks: () => Iterable<TestDisk>;

  constructor(disks: () => Iterable<TestDisk>) {
    super();
    this.#disks = disks;
  }

  override read(path: string, offset: number, most: number): Buffer | undefined {
    return this.#holding(path)?.read(path, offset, most);
  }

  override size(path: string): number | undefined {
    return this.#holding(path)?.size(path);
  }

  override list(folder: string): readonly string[] {
    return [...new Set(this.#disks())].flatMap((disk) => disk.list(folder)).toSorted();
  }

  #holding(path: string): TestDisk | undefined {
    for (const disk of this.#disks()) if (disk.files.has(path)) return disk;
    return undefined;
  }
}
