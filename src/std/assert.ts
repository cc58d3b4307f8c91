/** Throws when an invariant of ours does not hold; never used for what a client, a file or a provider may send. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${invariant}`);
}

/** Ends an exhaustive switch: adding a variant to the union stops the build here. */
export function unreachable(value: never): never {
  throw new Error(`Unreachable variant: ${JSON.stringify(value)}`);
}
