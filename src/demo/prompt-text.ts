import { CHARACTERS_PER_TOKEN } from "./prompt.ts";
import { Prose } from "./prose.ts";
import { Random } from "./random.ts";
import { TOKENS_PER_BLOCK, type TraceRow } from "./trace.ts";

/** Prompts of a wanted length. The same source gives the same text, so that longer prompts begin with shorter ones. */
export class PromptText {
  readonly #ring: string;

  constructor() {
    const random = new Random("prompt-text");
    this.#ring = new Prose(random).pieces(8192, random).join("");
  }

  of(source: string, tokens: number): string {
    const length = tokens * CHARACTERS_PER_TOKEN;
    const from = new Random(source).below(this.#ring.length);
    const head = `[${source}] `;
    const whole = Math.ceil((from + length) / this.#ring.length);
    return (head + this.#ring.repeat(whole).slice(from, from + length)).slice(0, length);
  }

  /** The context of one call of a trace: its own blocks where the trace names them, else the text of its session. */
  contextOf(row: TraceRow, session: string): string {
    if (row.blocks === undefined) return this.of(session, row.contextTokens);
    const blocks = row.blocks.map((block) => this.of(`block ${block}`, TOKENS_PER_BLOCK));
    return blocks.join("").slice(0, row.contextTokens * CHARACTERS_PER_TOKEN);
  }
}
