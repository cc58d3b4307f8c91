/** Questions of one thread to the main thread, which grants each stored answer to exactly one asker. */
export class AnswerClaims {
  readonly #ask: (claim: number, answer: string) => void;
  readonly #waiting = new Map<number, (isGranted: boolean) => void>();
  #last = 0;

  constructor(ask: (claim: number, answer: string) => void) {
    this.#ask = ask;
  }

  ask(answer: string): Promise<boolean> {
    this.#last += 1;
    const claim = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(claim, resolve);
      this.#ask(claim, answer);
    });
  }

  answered(claim: number, isGranted: boolean): void {
    const resolve = this.#waiting.get(claim);
    this.#waiting.delete(claim);
    resolve?.(isGranted);
  }
}
