/** The asks that wait for slices to come back, and what is known of each holder's tickets. */
import { type HolderId, type ToAuthority } from "./messages.ts";

export type Ask = Extract<ToAuthority, { type: "ask" }>;

export interface WaitingAsk {
  readonly ask: Ask;
  /** Of its coming, by the count that rounds of recall share. */
  readonly order: number;
}

interface Tickets {
  /** Lower ones are over. */
  openFrom: number;
  /** The highest number heard of each. */
  readonly newest: Map<number, number>;
}

/** In order of arrival. An ask that a network repeats or delays is dropped when a newer word of its ticket was heard. */
export class AskQueue {
  readonly #waiting = new Map<string, WaitingAsk>();
  /** How many of them need each account. */
  readonly #needed = new Map<string, number>();
  readonly #tickets = new Map<HolderId, Tickets>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** False for old news. */
  isNews({ holder, name: { ticket, number } }: Ask): boolean {
    const { openFrom, newest } = this.#of(holder);
    if (ticket < openFrom || number <= (newest.get(ticket) ?? 0)) return false;
    newest.set(ticket, number);
    return true;
  }

  /** True when the ticket waits already for the same: it keeps its place. What it needs anew has to wait anew. */
  put(ask: Ask, order: number): boolean {
    const key = keyOf(ask.holder, ask.name.ticket);
    const known = this.#waiting.get(key);
    if (known !== undefined && needsSame(known.ask, ask)) {
      this.#waiting.set(key, { ask, order: known.order });
      return true;
    }
    this.#remove(key);
    this.#waiting.set(key, { ask, order });
    for (const { account } of ask.needs) this.#needed.set(account.key, (this.#needed.get(account.key) ?? 0) + 1);
    return false;
  }

  has({ holder, name: { ticket } }: Ask): boolean {
    return this.#waiting.has(keyOf(holder, ticket));
  }

  /** Calls that wait no more take their asks with them. */
  over(holder: HolderId, openFrom: number): void {
    const tickets = this.#of(holder);
    if (openFrom <= tickets.openFrom) return;
    tickets.openFrom = openFrom;
    for (const ticket of tickets.newest.keys()) {
      if (ticket >= openFrom) continue;
      tickets.newest.delete(ticket);
      this.#remove(keyOf(holder, ticket));
    }
  }

  forget(holder: HolderId): void {
    this.over(holder, Infinity);
    this.#tickets.delete(holder);
  }

  /** An ask behind another one for the same account waits, so that nobody starves. */
  serve(isServed: (waiting: WaitingAsk) => boolean): void {
    const taken = new Set<string>();
    for (const [key, waiting] of this.#waiting) {
      const { needs } = waiting.ask;
      if (!needs.some(({ account }) => taken.has(account.key)) && isServed(waiting)) this.#remove(key);
      else for (const { account } of needs) taken.add(account.key);
    }
  }

  /** Somebody but this ask waits for the account. */
  isWaitedFor(account: string, except: Ask): boolean {
    const own = this.#waiting.get(keyOf(except.holder, except.name.ticket))?.ask.needs ?? [];
    const others = (this.#needed.get(account) ?? 0) - (own.some((need) => need.account.key === account) ? 1 : 0);
    return others > 0;
  }

  #remove(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    for (const { account } of waiting.ask.needs) {
      const others = (this.#needed.get(account.key) ?? 1) - 1;
      if (others > 0) this.#needed.set(account.key, others);
      else this.#needed.delete(account.key);
    }
  }

  #of(holder: HolderId): Tickets {
    const known = this.#tickets.get(holder);
    if (known !== undefined) return known;
    const tickets: Tickets = { openFrom: 0, newest: new Map() };
    this.#tickets.set(holder, tickets);
    return tickets;
  }
}

function keyOf(holder: HolderId, ticket: number): string {
  return `${ticket} ${holder}`;
}

function needsSame(left: Ask, right: Ask): boolean {
  return (
    left.needs.length === right.needs.length &&
    left.needs.every(({ account, amount }, index) => {
      const other = right.needs[index];
      return other?.account.key === account.key && other.amount === amount;
    })
  );
}
