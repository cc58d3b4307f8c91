import { type Keeping } from "../keeping.ts";

/** A provider's page has 10,000 files at most, of some 300 bytes each. */
const BYTES_MAX = 16 * 1024 * 1024;

export interface FileListOptions {
  readonly isOwn: (file: string) => boolean;
  /** In place of a list that cannot be read, and so not be cut either. */
  readonly unreadable: () => { readonly status: number; readonly body: Buffer };
}

/** A provider lists the files of the whole account; a client sees those of its own tenant. */
export class FileList implements Keeping {
  readonly wholeBytesMax = BYTES_MAX;
  readonly #options: FileListOptions;

  constructor(options: FileListOptions) {
    this.#options = options;
  }

  begin(): void {}
  add(): void {}
  settled(): void {}
  finish(): void {}
  abandon(): void {}

  merge(status: number, body: Buffer): { readonly status: number; readonly body: Buffer } {
    if (status !== 200) return { status, body };
    const list = readList(body);
    if (list === undefined) return this.#options.unreadable();
    const data = list.data.filter(({ id }) => this.#options.isOwn(id));
    const cut: Record<string, unknown> = { ...list, data };
    // The ends of the page as it was would name others' files.
    if ("first_id" in cut) cut["first_id"] = data.at(0)?.id ?? null;
    if ("last_id" in cut) cut["last_id"] = data.at(-1)?.id ?? null;
    return { status, body: Buffer.from(JSON.stringify(cut)) };
  }
}

interface List {
  readonly data: readonly { readonly id: string }[];
}

function readList(body: Buffer): List | undefined {
  let list: unknown;
  try {
    list = JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isList(list) ? list : undefined;
}

function isList(value: unknown): value is List {
  if (typeof value !== "object" || value === null || !("data" in value) || !Array.isArray(value.data)) return false;
  return value.data.every(
    (file: unknown) => typeof file === "object" && file !== null && "id" in file && typeof file.id === "string",
  );
}
