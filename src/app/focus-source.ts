import { join } from "node:path";
import { askFocusRange, askFocusUses } from "#analytics";
import { type createControl } from "#control";
import { type Config } from "#config";
import { chargeOf, encodeRow, focusColumns, headOf } from "#focus";
import { type DuckDbStore, type SqlSource } from "#ledger";
import { err, ok, type Result } from "#std";
import { type Instant, instant } from "#units";
import { type World } from "#world";

type Source = Parameters<typeof createControl>[0]["sources"]["exports"];
type Query = Parameters<Source["focus"]>[0];

export interface FocusParts {
  readonly world: World;
  readonly store: DuckDbStore;
  readonly config: () => Pick<Config, "currency">;
  /** Where a Parquet file stands while it is made: it has its index at its end, so it cannot be sent before. */
  readonly folder: string;
}

interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

const CHUNK_CHARACTERS = 64 * 1024;

/** FOCUS rows of the ledger, one charge period at a time: no more of them than one period has are in memory. */
export function focusSource(parts: FocusParts): Source {
  const { store, config } = parts;
  return {
    async focus(query) {
      const range = { from: instant(Date.parse(query.from)), to: instant(Date.parse(query.to)) };
      const { first, last, unpriced } = await askFocusRange(store, range);
      const periods =
        first === undefined || last === undefined ? [] : periodsOf(range, { first, last, per: query.per });
      const text = csvOf(store, periods, { version: query.version, currency: config().currency });
      if (query.format === "csv") return ok({ mediaType: "text/csv; charset=utf-8", unpriced, bytes: bytesOf(text) });
      const file = await writeParquet(parts, { text, version: query.version });
      if (!file.ok) return file;
      return ok({ mediaType: "application/vnd.apache.parquet", unpriced, bytes: readAway(parts.world, file.value) });
    },
  };
}

/** Days or months in UTC, cut where the range is, that can hold an entry. */
function periodsOf(
  range: Period,
  { first, last, per }: { readonly first: Instant; readonly last: Instant; readonly per: Query["per"] },
): readonly Period[] {
  const periods: Period[] = [];
  let start = startOf(first, per);
  while (start <= last) {
    const end = nextOf(start, per);
    periods.push({ from: instant(Math.max(start, range.from)), to: instant(Math.min(end, range.to)) });
    start = end;
  }
  return periods;
}

function startOf(at: Instant, per: Query["per"]): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), per === "day" ? date.getUTCDate() : 1);
}

function nextOf(start: number, per: Query["per"]): number {
  const date = new Date(start);
  return per === "day"
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1)
    : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

async function* csvOf(
  store: SqlSource,
  periods: readonly Period[],
  { version, currency }: Pick<Query, "version"> & { readonly currency: string },
): AsyncGenerator<string> {
  const columns = focusColumns(version);
  yield headOf(columns);
  for (const { from, to } of periods) {
    const period = { from: timestamp(from), to: timestamp(to), currency };
    for (const use of await askFocusUses(store, { from, to })) yield encodeRow(columns, chargeOf(use, period));
  }
}

/** The path of the file, or one sentence on why there is none. */
async function writeParquet(
  { world, store, folder }: FocusParts,
  { text, version }: { readonly text: AsyncIterable<string>; readonly version: Query["version"] },
): Promise<Result<string, string>> {
  const { disk, chance } = world;
  const path = join(folder, `focus-${chance.hex(8)}`);
  const csv = `${path}.csv`;
  const made = disk.makeFolder(folder);
  const file = made.ok ? disk.openAppend(csv) : made;
  if (!file.ok) return err(`The data folder cannot be written (${file.error.type}).`);
  try {
    for await (const bytes of bytesOf(text)) {
      const written = file.value.append(bytes);
      if (!written.ok) return err(`The data folder cannot be written (${written.error.type}).`);
    }
    const columns = focusColumns(version).map(({ name, kind }) => ({ name, kind: typeOf(kind) }));
    const parquet = `${path}.parquet`;
    const done = await store.writeParquet({ csv, parquet, columns });
    return done.ok ? ok(parquet) : err(`The file could not be made (${done.error.type}).`);
  } finally {
    file.value.close();
    disk.remove(csv);
  }
}

function typeOf(kind: ReturnType<typeof focusColumns>[number]["kind"]): "decimal" | "time" | "text" {
  return kind === "decimal" || kind === "time" ? kind : "text";
}

/** The bytes of a file that is removed when they are read, or when nobody reads on. */
async function* readAway({ disk }: World, path: string): AsyncGenerator<Uint8Array> {
  try {
    for (let offset = 0; ;) {
      const bytes = disk.read(path, offset, CHUNK_CHARACTERS);
      if (bytes === undefined || bytes.length === 0) return;
      offset += bytes.length;
      yield bytes;
    }
  } finally {
    disk.remove(path);
  }
}

/** FOCUS writes whole seconds. */
function timestamp(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

async function* bytesOf(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let held = "";
  for await (const piece of text) {
    held += piece;
    if (held.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(held);
    held = "";
  }
  yield Buffer.from(held);
}
