/** What the thread that counts tokens is asked and answers, apart from its program: an import of types loads a file too. */
import { type Encoding } from "./encoding-of.ts";

export interface CountOrder {
  readonly id: number;
  readonly body: Uint8Array;
  readonly encoding: Encoding;
}

export interface CountAnswer {
  readonly id: number;
  /** Undefined for what is not JSON. */
  readonly tokens: number | undefined;
}
