/** Whom an attempt was sent to, in the words of the conventions. */
export interface Seller {
  /** `gen_ai.provider.name`. */
  readonly name: string;
  readonly address: string | undefined;
  readonly port: number | undefined;
}
