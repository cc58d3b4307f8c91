/** One page of imports of bills: those of this start and what the books keep of earlier ones, the newest first. */
import { type BillImport, type BillImportPage } from "#contract";
import { type Instant, instant } from "#units";

/** Where a page ended. */
interface Place {
  readonly begunAt: Instant;
  readonly id: string;
}

const CURSOR = /^(\d{1,15}):(import_[0-9A-Za-z_-]{1,120})$/;

/** Undefined for a cursor that we did not give. */
export function readImportCursor(text: string): Place | undefined {
  const [, at, id] = CURSOR.exec(text) ?? [];
  return at === undefined || id === undefined ? undefined : { begunAt: instant(Number(at)), id };
}

/** Of imports in any order, at most `limit` of those that are older than `after`. */
export function importPage(
  imports: readonly BillImport[],
  { limit, after }: { readonly limit: number; readonly after: Place | undefined },
): BillImportPage {
  const sorted = imports.toSorted((left, right) => (isNewer(placeOf(left), placeOf(right)) ? -1 : 1));
  const found = after === undefined ? sorted : sorted.filter((each) => isNewer(after, placeOf(each)));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  if (found.length <= limit || last === undefined) return { rows };
  const { begunAt, id } = placeOf(last);
  return { rows, cursor: `${begunAt}:${id}` };
}

function placeOf({ id, started_at: startedAt }: BillImport): Place {
  return { begunAt: instant(Date.parse(startedAt)), id };
}

function isNewer(left: Place, right: Place): boolean {
  return left.begunAt === right.begunAt ? left.id > right.id : left.begunAt > right.begunAt;
}
