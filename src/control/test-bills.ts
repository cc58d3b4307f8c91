import { type BillImport, type BillRows, type BillTotals } from "#contract";
import { err, ok, type Result } from "#std";
import { type BillSource } from "./bill-routes.ts";

const AT = "2026-01-02T03:04:05.678Z";

export const anImport: BillImport = {
  id: "import_1",
  name: "january.csv",
  state: "receiving",
  received: 0,
  started_at: AT,
  rows: 0,
  booked: 0,
  corrected: 0,
  unchanged: 0,
  taken_back: 0,
  missing: 0,
  measured: 0,
  set_aside: 0,
  nanos: "0",
  currency: "USD",
  remainder: "0",
  problems: [],
};

/** One import, which takes any bytes that follow those before. */
export class TestBills implements BillSource {
  readonly begunBy: string[] = [];

  async imports() {
    return { rows: [anImport] };
  }

  async import(id: string) {
    return id === anImport.id ? anImport : undefined;
  }

  begin(_: unknown, who: string) {
    this.begunBy.push(who);
    return ok(anImport);
  }

  add(
    id: string,
    { offset, bytes }: { readonly offset: number; readonly bytes: Buffer },
  ): ReturnType<BillSource["add"]> {
    if (id !== anImport.id) return err({ type: "not-found" });
    return offset === 0 ? ok({ ...anImport, received: bytes.length }) : err({ type: "wrong-offset", received: 0 });
  }

  book(id: string): Result<BillImport, { readonly type: "not-found" }> {
    return id === anImport.id ? ok({ ...anImport, state: "waiting" as const }) : err({ type: "not-found" });
  }

  totals(): Promise<BillTotals> {
    const total = { bills: 0, nanos: "0", remainder: "0" };
    return Promise.resolve({ rows: [], total, currency: "USD", is_cut: false });
  }

  rows({ cursor }: { readonly cursor?: string | undefined }): Promise<BillRows | undefined> {
    return Promise.resolve(cursor === undefined ? { rows: [] } : undefined);
  }
}
