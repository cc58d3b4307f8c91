/** Carries messages late, out of order, twice or not at all. */
import { type Options } from "./options.ts";
import { type Random } from "./random.ts";

interface Letter {
  readonly to: string;
  readonly at: number;
  readonly deliver: () => void;
}

export class Network {
  readonly #random: Random;
  readonly #options: Options;
  #letters: Letter[] = [];
  isFaulty = true;
  readonly counts = { lost: 0, repeated: 0 };

  constructor(random: Random, options: Options) {
    this.#random = random;
    this.#options = options;
  }

  send(to: string, now: number, deliver: () => void): void {
    const { loss, repeat, delayMsMax } = this.#options;
    if (this.isFaulty && this.#random.isBelow(loss)) {
      this.counts.lost += 1;
      return;
    }
    const late = () => now + this.#random.between(0, delayMsMax);
    this.#letters.push({ to, at: late(), deliver });
    if (!this.isFaulty || !this.#random.isBelow(repeat)) return;
    this.counts.repeated += 1;
    this.#letters.push({ to, at: late() + this.#random.between(0, 400), deliver });
  }

  /** Late, and for certain. */
  carry(to: string, now: number, deliver: () => void): void {
    this.#letters.push({ to, at: now + this.#random.between(0, this.#options.delayMsMax), deliver });
  }

  /** Delivers what is due to whoever can take it; equally due letters in any order. `read` follows each delivery. */
  deliver(now: number, mayReceive: (to: string) => boolean, read: () => void): void {
    for (;;) {
      const due = this.#letters.filter(({ at, to }) => at <= now && mayReceive(to));
      if (due.length === 0) return;
      this.#letters = this.#letters.filter((letter) => !due.includes(letter));
      while (due.length > 0) due.splice(this.#random.between(0, due.length - 1), 1)[0]?.deliver();
      read();
      if (this.#options.delayMsMax > 0) return;
    }
  }

  /** What was under way to a process that died. */
  drop(to: string): void {
    this.#letters = this.#letters.filter((letter) => letter.to !== to);
  }
}
