/** Entries as tests tell them, in a real ledger with real books. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Analytics } from "#analytics";
import { Books } from "#books";
import { type DuckDbStore, type Entry, openDuckDbStore } from "#ledger";
import { assert } from "#std";
import { type Instant, instant, money } from "#units";
import { realWorld } from "#world";
import { AllocationSection } from "./allocation-config.ts";
import { Allocations } from "./allocations.ts";

export const at = (text: string) => instant(Date.parse(text));
const NOW = at("2026-11-20T12:00:00Z");

/** What a test says of an entry; the rest is the plainest there is. */
export interface Told {
  readonly id: string;
  readonly at?: string;
  readonly bookedAt?: Instant;
  readonly nanos: bigint;
  readonly feature?: string;
  readonly team?: string;
  readonly customer?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly provider?: string;
  readonly model?: string;
  readonly name?: string;
  readonly kind?: Entry["kind"];
  readonly layer?: "GPUs and serving" | "observability and storage" | "people and engineering" | "idle and cold starts";
  readonly tokens?: number;
  readonly gpuMs?: number;
  /** Nobody knows what it cost, whatever `nanos` says. */
  readonly isUnpriced?: boolean;
  /** It only holds steps together. */
  readonly isGroup?: boolean;
  /** It takes another back. */
  readonly isTakenBack?: boolean;
}

export const NONE = "(none)";

function entry(told: Told): Entry {
  const { id, at: when = "2026-11-10T10:00:00Z", kind = "model", layer, tokens, gpuMs } = told;
  const isBill = layer !== undefined;
  const usage = tokens === undefined ? {} : { input_uncached: tokens };
  return {
    id,
    attempt: id,
    call: id,
    number: numberOf(told),
    name: told.name,
    incurredAt: at(when),
    bookedAt: told.bookedAt ?? instant(1),
    kind: isBill ? "bill" : kind,
    purpose: "answer",
    state: stateOf(told),
    delivered: "full",
    attribution: attributionOf(told),
    key: "k",
    route: undefined,
    provider: told.provider ?? "openai",
    target: told.model ?? "m",
    model: told.model ?? "m",
    format: "openai",
    operation: operationOf(told),
    stream: false,
    region: undefined,
    tier: undefined,
    status: 200,
    error: undefined,
    upstreamId: undefined,
    usage: gpuMs === undefined ? usage : { ...usage, gpu_ms: gpuMs },
    reported: undefined,
    ...costOf(told),
    components: [],
    ...(isBill ? { bill: { content: "c", layer, origin: "o", remainder: undefined } } : {}),
    estimated: money(0n),
    inDoubt: money(0n),
    avoided: money(0n),
    priceBook: undefined,
    sku: undefined,
    boundType: "unknown",
    bound: undefined,
    callEnd: !isBill && kind === "model",
    durationMs: undefined,
    firstByteMs: undefined,
    firstContentMs: undefined,
    overheadMs: undefined,
  };
}

function numberOf({ layer, kind = "model" }: Told): number {
  if (layer !== undefined) return -1;
  return kind === "model" ? 1 : 0;
}

function operationOf({ isGroup = false }: Told): string {
  return isGroup ? "group" : "chat";
}

function costOf({ nanos, isUnpriced = false }: Told): Pick<Entry, "cost" | "unpriced"> {
  if (isUnpriced) return { cost: { type: "unpriced", reason: "no_price" }, unpriced: 1 };
  return { cost: { type: "priced", nanos: money(nanos) }, unpriced: 0 };
}

function stateOf({ isTakenBack = false }: Told): Entry["state"] {
  return isTakenBack ? "correction" : "answered";
}

function attributionOf({ id, feature, team, customer, tags }: Told): Entry["attribution"] {
  return {
    tenant: "default",
    interaction: id,
    feature: feature ?? NONE,
    team: team ?? NONE,
    customer: customer ?? NONE,
    user: NONE,
    environment: NONE,
    session: NONE,
    tags: tags ?? {},
    claimed: {},
  };
}

export class AllocationRig {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "tare-allocations-"));
  readonly books: Books;
  store: DuckDbStore;
  now: Instant = NOW;
  #segments = 0;

  private constructor(store: DuckDbStore) {
    const opened = Books.open(path.join(this.#folder, "books.sqlite"), realWorld());
    assert(opened.ok, "the books open");
    this.books = opened.value;
    this.store = store;
  }

  static async open(): Promise<AllocationRig> {
    return new AllocationRig(await freshStore());
  }

  async close(): Promise<void> {
    this.store.close();
    await this.books.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** An empty ledger in the place of this one. */
  async empty(): Promise<void> {
    this.store.close();
    this.store = await freshStore();
  }

  async book(...told: readonly Told[]): Promise<void> {
    this.#segments += 1;
    const stretches = [{ segment: `n.0.a.${this.#segments}.journal`, from: 0, to: 1, isDone: true, corrupted: 0 }];
    const done = await this.store.append({ stretches, entries: told.map(entry), refusals: [], outcomes: [] });
    assert(done.ok && done.value === "appended", "the entries are in the ledger");
  }

  analytics(): Analytics {
    return new Analytics(this.store, { currency: "USD", bookedUntil: () => this.now });
  }

  allocations(written: readonly unknown[], tz = "UTC"): Allocations {
    const rules = AllocationSection.parse(written);
    return new Allocations({
      costs: this.analytics().costPools,
      closed: this.books.closedMonths,
      now: () => this.now,
      bookedUntil: () => this.now,
      currency: "USD",
      rules: () => rules,
      timezone: () => tz,
    });
  }
}

async function freshStore(): Promise<DuckDbStore> {
  const opened = await openDuckDbStore(":memory:", { memoryBytes: 256 * 1024 * 1024, threads: 1 });
  assert(opened.ok, "the ledger opens");
  return opened.value;
}
