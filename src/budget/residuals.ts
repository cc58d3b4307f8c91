/** The rests of holds that stay in doubt when a client leaves, until a provider's word or a day has passed. */
import { type AttemptCorrected, type AttemptDispatched, type JournalEvent, type Settlement } from "#events";
import { type Id, type Instant, instant, money } from "#units";
import { type BudgetTable } from "./budget-table.ts";

/** Since the dispatch. Providers bill a cancelled call within minutes; one that was not billed in a day was not. */
const RELEASED_AFTER_MS = 86_400_000;
/** Those beyond stay in doubt until their periods end, which errs on the safe side. */
const KEPT_MAX = 20_000;

interface Residual {
  readonly dispatched: AttemptDispatched;
  readonly settlement: Settlement;
}

/**
 * Reads the events of each journal in their order. Only what a client's leaving or a cut stream left over is ever
 * released: an answer that is read later, or that nobody can price, may still be owed.
 */
export class Residuals {
  #table: BudgetTable;
  readonly #open = new Map<Id<"attempt">, AttemptDispatched>();
  /** Perhaps of other journals than the settlement, and read before it; or the settlement is read again. */
  readonly #corrected = new Set<Id<"attempt">>();
  readonly #released = new Set<Id<"attempt">>();
  /** In the order of settlement. */
  readonly #kept = new Map<Id<"attempt">, Residual>();

  constructor(table: BudgetTable) {
    this.#table = table;
  }

  get size(): number {
    return this.#kept.size;
  }

  apply(table: BudgetTable): void {
    this.#table = table;
  }

  /** A journal may be read again from its start, or from where it was heard. */
  read(event: JournalEvent): void {
    if (event.type === "attempt-dispatched") this.#open.set(event.attempt, event);
    else if (event.type === "attempt-settled") {
      const dispatched = this.#open.get(event.attempt);
      this.#open.delete(event.attempt);
      if (dispatched !== undefined && !this.#corrected.has(event.attempt)) this.#keep(dispatched, event);
    } else if (event.type === "attempt-corrected") this.#correct(event);
  }

  /** Corrections to journal and to book, each given once. Who journals one makes sure that it is read here no more. */
  due(now: Instant): readonly AttemptCorrected[] {
    const due: AttemptCorrected[] = [];
    for (const [attempt, residual] of this.#kept) {
      if (now < residual.dispatched.at + RELEASED_AFTER_MS) continue;
      this.#kept.delete(attempt);
      remember(this.#released, attempt);
      due.push(released(residual, now));
    }
    return due;
  }

  #correct({ dispatched, settlement }: AttemptCorrected): void {
    const { attempt } = dispatched;
    this.#kept.delete(attempt);
    remember(this.#corrected, attempt);
    this.#keep(dispatched, settlement);
  }

  #keep(dispatched: AttemptDispatched, settlement: Settlement): void {
    const isLeftOver = settlement.state === "cancelled" || settlement.state === "cut";
    if (this.#released.has(dispatched.attempt)) return;
    if (settlement.residual === 0n || settlement.cost.type === "unpriced" || !isLeftOver) return;
    if (this.#kept.size < KEPT_MAX && this.#matters(dispatched))
      this.#kept.set(dispatched.attempt, { dispatched, settlement });
  }

  /** Most budgets have begun anew by then, and nobody can spend in a period that is over. */
  #matters(dispatched: AttemptDispatched): boolean {
    const dueAt = instant(dispatched.at + RELEASED_AFTER_MS);
    return this.#table.accountsAt(dispatched, dispatched.at).some(({ to }) => to > dueAt);
  }
}

/** Of very many the latest. */
function remember(attempts: Set<Id<"attempt">>, attempt: Id<"attempt">): void {
  attempts.add(attempt);
  for (const oldest of attempts) {
    if (attempts.size <= KEPT_MAX) return;
    attempts.delete(oldest);
  }
}

function released({ dispatched, settlement }: Residual, now: Instant): AttemptCorrected {
  const { type: _, attempt: __, ...facts }: Settlement & { type?: string; attempt?: string } = settlement;
  return {
    type: "attempt-corrected",
    dispatched,
    before: {
      cost: settlement.cost,
      residual: settlement.residual,
      usage: settlement.usage,
      components: settlement.components,
    },
    settlement: { ...facts, at: now, residual: money(0n), callEnd: false },
    reason: "not billed within a day",
  };
}
