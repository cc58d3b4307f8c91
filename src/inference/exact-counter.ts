/** Counts input in a thread of its own, since one body can take seconds. */
export interface ExactCounter {
  /**
   * Tokens of everything that is said in a JSON body, without the frames that a provider puts around it. Undefined, and
   * then the byte bound stands: at once where the model has no public tokenizer or the body is over 256 KiB, and later
   * when it is not counted within 20 ms, or the time that is given.
   */
  count(body: Uint8Array, model: string, mostMs?: number): Promise<number | undefined> | undefined;
}
