import { type KeyDelta, type KeyRecord } from "#access";
import { type World } from "#world";

const FILE_BYTES_MAX = 256 * 1024 * 1024;
const WRITE_AFTER_MS = 20;

/**
 * The keys as the gateway's main thread knows them, kept beside the books so that calls are served before the office is
 * there, or without it. Holds digests only. The office's word replaces it as soon as it comes.
 */
export class KeptKeys {
  readonly #world: World;
  readonly #path: string;
  #records: Map<string, KeyRecord>;
  #isWriteDue = false;

  constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
    const kept = world.disk.read(path, 0, FILE_BYTES_MAX);
    const records: readonly KeyRecord[] = kept === undefined ? [] : JSON.parse(kept.toString("utf8"));
    this.#records = new Map(records.map((record) => [record.id, record]));
  }

  get records(): readonly KeyRecord[] {
    return [...this.#records.values()];
  }

  apply(delta: KeyDelta): void {
    switch (delta.type) {
      case "keys-put":
        for (const record of delta.records) this.#records.set(record.id, record);
        break;
      case "keys-removed":
        for (const id of delta.ids) this.#records.delete(id);
        break;
      case "keys-replaced": {
        const others = [...this.#records.values()].filter(({ origin }) => origin !== delta.origin);
        this.#records = new Map([...others, ...delta.records].map((record) => [record.id, record]));
        break;
      }
    }
    this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#isWriteDue) return;
    this.#isWriteDue = true;
    this.#world.clock.after(WRITE_AFTER_MS, () => this.write());
  }

  write(): void {
    this.#isWriteDue = false;
    // A full disk must not stop keys from changing: the books have them, and the file is written at the next change.
    this.#world.disk.replace(this.#path, Buffer.from(JSON.stringify(this.records)));
  }
}
