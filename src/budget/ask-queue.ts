/** The asks that wait for slices to come back, and what is known of each holder's tickets. */
import { type HolderId, type ToAuthority } from "./messages.ts";

export type Ask = Extract<ToAuthority, { type: "ask" }>;

export interface WaitingAsk {
  readonly ask: Ask;
  /** Of its first coming, by the count that rounds of recall share. */
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
  #waiting: readonly WaitingAsk[] = [];
  readonly #tickets = new Map<HolderId, Tickets>();

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
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
    const isSame = (each: WaitingAsk) => each.ask.holder === ask.holder && each.ask.name.ticket === ask.name.ticket;
    const known = this.#waiting.find(isSame);
    if (known !== undefined && needsSame(known.ask, ask)) {
      this.#waiting = this.#waiting.map((each) => (each === known ? { ...each, ask } : each));
      return true;
    }
    this.#waiting = [...this.#waiting.filter((each) => each !== known), { ask, order }];
    return false;
  }

  /** Calls that wait no more take their asks with them. */
  over(holder: HolderId, openFrom: number): void {
    const tickets = this.#of(holder);
    if (openFrom <= tickets.openFrom) return;
    tickets.openFrom = openFrom;
    for (const ticket of tickets.newest.keys()) if (ticket < openFrom) tickets.newest.delete(ticket);
    const isOver = ({ ask }: WaitingAsk) => ask.holder === holder && ask.name.ticket < openFrom;
    if (this.#waiting.some(isOver)) this.#waiting = this.#waiting.filter((each) => !isOver(each));
  }

  forget(holder: HolderId): void {
    this.#tickets.delete(holder);
    this.#waiting = this.#waiting.filter(({ ask }) => ask.holder !== holder);
  }

  /** An ask behind another one for the same account waits, so that nobody starves. */
  serve(isServed: (waiting: WaitingAsk) => boolean): void {
    const taken = new Set<string>();
    this.#waiting = this.#waiting.filter((waiting) => {
      const { needs } = waiting.ask;
      const isDone = !needs.some(({ account }) => taken.has(account.key)) && isServed(waiting);
      if (!isDone) for (const { account } of needs) taken.add(account.key);
      return !isDone;
    });
  }

  has(ask: Ask): boolean {
    return this.#waiting.some((each) => each.ask === ask);
  }

  /** Somebody but this ask waits for the account. */
  isWaitedFor(key: string, except: Ask): boolean {
    return this.#waiting.some(({ ask }) => ask !== except && ask.needs.some(({ account }) => account.key === key));
  }

  #of(holder: HolderId): Tickets {
    const known = this.#tickets.get(holder);
    if (known !== undefined) return known;
    const tickets: Tickets = { openFrom: 0, newest: new Map() };
    this.#tickets.set(holder, tickets);
    return tickets;
  }
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
