/** Where the authority lives: its checkpoint, its reading of journals, its death and return. */
import {
  type BudgetDefinition,
  type BudgetTable,
  type EmbeddedAuthority,
  type JournalFold,
  type Residuals,
  type ToAuthority,
  type ToHolder,
} from "#budget";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type Instant } from "#units";
import { type Room } from "./room.ts";

interface Checkpoint {
  readonly authority: string;
  readonly fold: string;
  readonly read: ReadonlyMap<string, number>;
  readonly done: ReadonlySet<string>;
}

export interface Site {
  readonly journals: ReadonlyMap<string, { events(): readonly JournalEvent[] }>;
  send(holder: string, message: ToHolder): void;
  reached(key: string): void;
}

export class AuthoritySite {
  readonly #room: Room;
  readonly #site: Site;
  #table: BudgetTable;
  authority: EmbeddedAuthority;
  #fold: JournalFold;
  readonly #residuals: Residuals;
  readonly #residualsRead = new Map<string, number>();
  /** How many events of each journal the fold has read, and whose journals are booked for good. */
  #read = new Map<string, number>();
  #done = new Set<string>();
  #checkpoint: Checkpoint | undefined;
  /** The most that was granted to each holder and account, to see when something is granted. */
  readonly #granted = new Map<string, bigint>();
  #grantedNow = new Set<string>();

  constructor(room: Room, table: BudgetTable, site: Site) {
    this.#room = room;
    this.#site = site;
    this.#table = table;
    this.authority = new room.EmbeddedAuthority(table, this.#port());
    this.#fold = new room.JournalFold(table);
    this.#residuals = new room.Residuals(table);
  }

  /** What was left in doubt a day ago and is to be released, by the journals of all. */
  residualsDue(now: Instant): readonly AttemptCorrected[] {
    for (const holder of this.#site.journals.keys()) this.#readResiduals(holder);
    return this.#residuals.due(now);
  }

  receive(messages: readonly ToAuthority[], now: Instant): void {
    this.authority.receive(messages, now);
    this.#checkGrants();
  }

  tick(now: Instant): void {
    this.authority.tick(now);
    this.#checkGrants();
  }

  apply(table: BudgetTable, now: Instant): void {
    this.#table = table;
    this.#fold.apply(table);
    this.#residuals.apply(table);
    this.authority.apply(table, now);
    this.#checkGrants();
  }

  /** Reads the journal of a dead holder to its end and frees its slices. */
  reclaim(holder: string, now: Instant): void {
    this.#readOn(holder);
    this.authority.reclaim(holder, this.#fold.totalsOf(holder), now);
    this.#fold.forget(holder);
    this.#done.add(holder);
    this.#checkGrants();
  }

  save(): void {
    for (const holder of this.#site.journals.keys()) if (!this.#done.has(holder)) this.#readOn(holder);
    this.#checkpoint = {
      authority: this.authority.checkpoint(),
      fold: this.#fold.toText(),
      read: new Map(this.#read),
      done: new Set(this.#done),
    };
  }

  /** With its node: what it knew since the last checkpoint is in the journals, and all holders are dead. */
  restartEmbedded(table: BudgetTable, now: Instant): void {
    const { authority, fold, read, done } = this.#checkpoint ?? { authority: "[]", fold: "[]", read: [], done: [] };
    this.#table = table;
    this.authority = this.#room.EmbeddedAuthority.restore(authority, table, this.#port());
    this.#fold = this.#room.JournalFold.fromText(fold, table);
    this.#read = new Map(read);
    this.#done = new Set(done);
    this.#granted.clear();
    for (const holder of this.#site.journals.keys()) {
      if (this.#done.has(holder)) continue;
      this.authority.join(holder);
      this.reclaim(holder, now);
    }
    this.save();
  }

  /** Apart from the nodes, each change was kept; the holders live on, and only what was under way is gone. */
  restartApart(holders: readonly string[], unread: readonly string[]): void {
    this.authority = this.#room.EmbeddedAuthority.restore(this.authority.checkpoint(), this.#table, this.#port());
    for (const holder of [...holders, ...unread]) this.authority.join(holder);
    // Who died without a slice stands in no checkpoint, and its journal must count all the same.
    for (const holder of unread) this.authority.lose(holder);
  }

  #readOn(holder: string): void {
    const events = this.#site.journals.get(holder)?.events() ?? [];
    for (const event of events.slice(this.#read.get(holder) ?? 0)) this.#fold.read(holder, event);
    this.#read.set(holder, events.length);
  }

  #readResiduals(holder: string): void {
    const events = this.#site.journals.get(holder)?.events() ?? [];
    for (const event of events.slice(this.#residualsRead.get(holder) ?? 0)) this.#residuals.read(event);
    this.#residualsRead.set(holder, events.length);
  }

  #port() {
    return {
      send: (holder: string, message: ToHolder) => {
        const grants = message.type === "grant" ? message.grants : [];
        for (const { account, granted } of grants) {
          const key = `${holder} ${account.key}`;
          if (granted > (this.#granted.get(key) ?? 0n)) this.#grantedNow.add(account.key);
          this.#granted.set(key, granted);
        }
        this.#site.send(holder, message);
      },
      reached: ({ account, percent }: { account: { key: string }; percent: number }) =>
        this.#site.reached(`${account.key} ${percent}%`),
    };
  }

  /** Section 6: whenever something is granted, reported + unreported part of slices is at most the limit. */
  #checkGrants(): void {
    if (this.#grantedNow.size === 0) return;
    for (const { account, limit, spent, held, inDoubt, unreported } of this.authority.status()) {
      if (!this.#grantedNow.has(account.key)) continue;
      const charged = spent + held + inDoubt + unreported;
      if (charged > limit) throw new Error(`${account.key}: granted up to ${charged} of ${limit}`);
    }
    this.#grantedNow = new Set();
  }
}

export function tableOf(room: Room, definitions: readonly BudgetDefinition[], revision: number): BudgetTable {
  return new room.BudgetTable(definitions, revision);
}
