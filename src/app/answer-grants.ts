import { type AnswerPin } from "#gateway";
import { type World } from "#world";
import { rememberAnswers } from "./remember-answers.ts";

export interface AnswerGrantsOptions {
  /** The folder of the journals. */
  readonly journal: string;
  /** Of an answer that was kept before this start. */
  readonly learn: (pin: AnswerPin) => void;
}

export interface AnswerClaim {
  readonly answer: string;
  /** The thread that asked has not died since. */
  readonly isThere: () => boolean;
  readonly told: (isGranted: boolean) => void;
}

/** Grants each stored answer to exactly one asker over all threads and all time: the one who books what it cost. */
export class AnswerGrants {
  readonly #world: World;
  readonly #options: AnswerGrantsOptions;
  readonly #granted = new Set<string>();
  /** Who asked before it was known what earlier lives have granted; nobody's client waits for it. */
  #early: AnswerClaim[] | undefined = [];

  constructor(world: World, options: AnswerGrantsOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Reads what the journals say, beside the calls. */
  async open(): Promise<void> {
    const { journal: folder, learn } = this.#options;
    const claimed = (answer: string) => void this.#granted.add(answer);
    await rememberAnswers({ world: this.#world, folder, claimed, learn });
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const claim of early) if (claim.isThere()) this.ask(claim);
  }

  ask(claim: AnswerClaim): void {
    if (this.#early !== undefined) {
      this.#early.push(claim);
      return;
    }
    const isGranted = !this.#granted.has(claim.answer);
    this.#granted.add(claim.answer);
    claim.told(isGranted);
  }
}
