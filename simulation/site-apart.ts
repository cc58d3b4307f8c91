/** An authority that stands apart from the nodes and keeps each change, as one in a database will: it dies and comes back, and they live on. */
import { type AccountStatus, type BudgetDefinition, type BudgetTable } from "#budget";
import { type EmbeddedAuthority, type JournalFold, type Residuals, type ToAuthority, type ToHolder } from "#budget";
import { type AttemptCorrected, type JournalEvent } from "#events";
import { type Instant } from "#units";
import { GrantWatch } from "./grant-watch.ts";
import { type Holder } from "./holder.ts";
import { type Room } from "./room.ts";
import { type Listeners, type Opening, type Seat, type Site } from "./site.ts";

interface Surroundings extends Listeners {
  readonly room: Room;
  readonly journals: ReadonlyMap<string, { events(): readonly JournalEvent[] }>;
  /** A change of the budgets is in force. */
  changed(table: BudgetTable, definitions: readonly BudgetDefinition[], revision: number): void;
}

export class SiteApart implements Site {
  readonly #world: Surroundings;
  readonly #watch = new GrantWatch();
  #revision = 1;
  #table: BudgetTable;
  #authority: EmbeddedAuthority;
  readonly #fold: JournalFold;
  readonly #residuals: Residuals;
  readonly #residualsRead = new Map<string, number>();

  constructor(world: Surroundings, definitions: readonly BudgetDefinition[]) {
    const { room } = world;
    this.#world = world;
    this.#table = new room.BudgetTable(definitions, this.#revision);
    this.#authority = new room.EmbeddedAuthority(this.#table, this.#port());
    this.#fold = new room.JournalFold(this.#table);
    this.#residuals = new room.Residuals(this.#table);
    world.changed(this.#table, definitions, this.#revision);
  }

  join({ node, slot, life }: Seat): Opening {
    const holder = `node-${node}/thread-${slot}/${life}`;
    this.#authority.join(holder);
    return { holder, table: this.#table };
  }

  receive(messages: readonly ToAuthority[], now: Instant): void {
    this.#watch.asked(messages);
    this.#authority.receive(messages, now);
    this.#check();
  }

  tick(now: Instant): void {
    this.#authority.tick(now);
    this.#check();
  }

  change(definitions: readonly BudgetDefinition[], now: Instant): void {
    this.#revision += 1;
    this.#table = new this.#world.room.BudgetTable(definitions, this.#revision);
    this.#fold.apply(this.#table);
    this.#residuals.apply(this.#table);
    this.#authority.apply(this.#table, now);
    this.#check();
    this.#world.changed(this.#table, definitions, this.#revision);
  }

  lost({ id, journal }: Holder): void {
    journal.seal(() => false);
    this.#authority.lose(id);
  }

  /** Reads the journal of a dead holder to its end and frees its slices. */
  async reclaim({ id, journal }: Holder, now: Instant): Promise<void> {
    await Promise.resolve();
    for (const event of journal.events()) this.#fold.read(id, event);
    this.#authority.reclaim(id, this.#fold.totalsOf(id), now);
    this.#fold.forget(id);
    this.#check();
  }

  async die(): Promise<void> {}

  /** Only what was under way is gone. */
  async restart(living: readonly Holder[], unread: readonly Holder[]): Promise<void> {
    await Promise.resolve();
    const { EmbeddedAuthority: Authority } = this.#world.room;
    this.#authority = Authority.restore(this.#authority.checkpoint(), this.#table, this.#port());
    for (const { id } of [...living, ...unread]) this.#authority.join(id);
    // Who died without a slice stands in no checkpoint, and its journal must count all the same.
    for (const { id } of unread) this.#authority.lose(id);
  }

  /** Its threads store no answers. */
  claim(): void {}

  status(): readonly AccountStatus[] {
    return this.#authority.status();
  }

  residualsDue(now: Instant): readonly AttemptCorrected[] {
    for (const [holder, journal] of this.#world.journals) {
      const events = journal.events();
      for (const event of events.slice(this.#residualsRead.get(holder) ?? 0)) this.#residuals.read(event);
      this.#residualsRead.set(holder, events.length);
    }
    return this.#residuals.due(now);
  }

  /** It reads the journals. */
  hearDoubts(): void {}

  #port() {
    return {
      send: (holder: string, message: ToHolder) => {
        this.#watch.hear(holder, message);
        this.#world.toHolder(holder, message);
      },
      reached: ({ account, percent }: { account: { key: string }; percent: number }) =>
        this.#world.reached(`${account.key} ${percent}%`),
    };
  }

  #check(): void {
    this.#watch.check(() => this.#authority.status());
  }
}
