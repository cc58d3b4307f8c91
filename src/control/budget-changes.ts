import { type BudgetDefinition } from "#budget";
import { type NewBudget } from "#contract";
import { assert, err, ok, type Result } from "#std";
import { type World } from "#world";
import { type BudgetState } from "./budget-rows.ts";
import { type ControlProblem } from "./problems.ts";
import { type BudgetSource } from "./sources.ts";
import { readStoredBudget, writeBudget } from "./written-budget.ts";
import { type ControlLog } from "./control-log.ts";

/** As many as tare.yaml may have. */
const STORED_MAX = 10_000;

/** The budgets of the books, changed one at a time, so that the gateway is told of changes in their order. */
export class BudgetChanges {
  readonly #source: BudgetSource;
  readonly #world: World;
  readonly #log: ControlLog;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: BudgetSource, { world, log }: { readonly world: World; readonly log: ControlLog }) {
    this.#source = source;
    this.#world = world;
    this.#log = log;
  }

  /** Everything there is, and how it stands. */
  async state(): Promise<BudgetState> {
    const configured = this.#source.configured();
    return {
      configured,
      stored: await this.#inForce(configured),
      live: this.#source.live(),
      now: this.#world.clock.now(),
    };
  }

  /** Passes on what is in force: at the start, and when tare.yaml has changed, since its budgets go first. */
  announce(): Promise<void> {
    return this.#inTurn(async () => {
      const zone = this.#source.timezone();
      for (const row of await this.#source.stored.list())
        if (readStoredBudget(row, zone) === undefined) this.#log("error", "budget-unreadable", { budget: row.id });
      await this.#tell();
    });
  }

  /** Makes, replaces or ends a budget; gives its id. */
  set(body: NewBudget, who: string): Promise<Result<string, ControlProblem>> {
    return this.#inTurn(() => (body.limit === null ? this.#end(body.id ?? body.name, who) : this.#put(body, who)));
  }

  remove(id: string, who: string): Promise<Result<string, ControlProblem>> {
    return this.#inTurn(() => this.#end(id, who));
  }

  async #put(body: NewBudget, who: string): Promise<Result<string, ControlProblem>> {
    const { stored } = this.#source;
    const before = body.id === undefined ? undefined : await stored.get(body.id);
    if (body.id !== undefined && before === undefined) return err(this.#isConfigured(body.id) ? inConfig : unknown);
    const written = writeBudget(body, { before, zone: this.#source.timezone() });
    if (!written.ok) return written;
    const { id } = written.value.definition;
    if (this.#isConfigured(id)) return err(inConfig);
    if (body.id !== undefined && body.id !== id) return err(renamed);
    if (before === undefined && (await stored.list()).length >= STORED_MAX) return err(tooMany);
    await stored.put({ id, written: written.value.written, ...this.#by(who) });
    await this.#tell();
    return ok(id);
  }

  async #end(id: string | undefined, who: string): Promise<Result<string, ControlProblem>> {
    if (id === undefined) return err(nameless);
    if (this.#isConfigured(id)) return err(inConfig);
    if (!(await this.#source.stored.remove({ id, ...this.#by(who) }))) return err(unknown);
    await this.#tell();
    return ok(id);
  }

  #by(who: string) {
    return { who, at: this.#world.clock.now(), audit: this.#world.chance.id("audit") };
  }

  async #tell(): Promise<void> {
    const inForce = await this.#inForce(this.#source.configured());
    this.#source.changed(inForce.map(({ definition }) => definition));
  }

  /** A budget of tare.yaml goes before one of the books with the same id. */
  async #inForce(configured: readonly BudgetDefinition[]): Promise<BudgetState["stored"]> {
    const taken = new Set(configured.map(({ id }) => id));
    const zone = this.#source.timezone();
    return (await this.#source.stored.list()).flatMap((row) => {
      const definition = taken.has(row.id) ? undefined : readStoredBudget(row, zone);
      return definition === undefined ? [] : [{ row, definition }];
    });
  }

  #isConfigured(id: string): boolean {
    return this.#source.configured().some((each) => each.id === id);
  }

  #inTurn<Value>(change: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(change);
    this.#last = turn.catch((error: unknown) => {
      assert(error instanceof Error, "what is thrown is an error");
    });
    return turn;
  }
}

const unknown = { code: "not_found", detail: "There is no budget of this id." } as const;
const inConfig = { code: "budget_in_config", detail: "Change it in tare.yaml; it is read again by itself." } as const;
const nameless = {
  code: "invalid_body",
  detail: "Say which budget ends.",
  fields: [{ path: "id", detail: "Is missing." }],
} as const;
const renamed = {
  code: "invalid_body",
  detail: "Scope, period and unit of a budget without a name are what it is. End it, and make another.",
  fields: [{ path: "scope", detail: "Would make another budget of it." }],
} as const;
const tooMany = { code: "invalid_body", detail: `There are ${STORED_MAX} budgets already; end one first.` } as const;
