import { type BillStage, type FileToRead } from "./bill-stage.ts";

/** The database of one import: made when it is first needed, asked for one thing at a time. */
export class ImportStage {
  readonly #make: () => Promise<BillStage>;
  #stage: Promise<BillStage> | undefined;
  #isClosed = false;

  constructor(make: () => Promise<BillStage>) {
    this.#make = make;
  }

  get isMade(): boolean {
    return this.#stage !== undefined;
  }

  /**
   * Begins to read what is there of a file while more of it comes. What fails here fails again when the file is booked, and
   * is told then.
   */
  readAhead(file: FileToRead & { readonly rules: object }): void {
    this.#stage = this.#opened().then(async (stage) => {
      const opened = this.#isClosed ? undefined : await stage.open(file);
      if (opened?.ok === true) await stage.key(file);
      return stage;
    });
    // Whoever asks for the stage gets the rejection too.
    this.#stage.catch(() => undefined);
  }

  /** Resolves when what was begun to be read is. */
  opened(): Promise<BillStage> {
    this.#stage = this.#opened();
    return this.#stage;
  }

  #opened(): Promise<BillStage> {
    return this.#stage ?? this.#make();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // One that could not be made has nothing to close.
    const stage = await this.#stage?.catch(() => undefined);
    this.#stage = undefined;
    stage?.close();
  }
}
