import { type Clock } from "#world";

/** Messages of one turn of the event loop go out together: a message of its own costs more than what it says. */
export class Outbox<Message> {
  readonly #clock: Clock;
  readonly #post: (messages: readonly Message[]) => void;
  #messages: Message[] = [];

  constructor(clock: Clock, post: (messages: readonly Message[]) => void) {
    this.#clock = clock;
    this.#post = post;
  }

  put(message: Message): void {
    if (this.#messages.push(message) > 1) return;
    this.#clock.afterTurn(() => this.flush());
  }

  flush(): void {
    const messages = this.#messages;
    if (messages.length === 0) return;
    this.#messages = [];
    this.#post(messages);
  }
}
