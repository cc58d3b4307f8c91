/** What a test injects and what comes of it: one row of docs/failure-modes.md, told where the test is. */
export interface Fault {
  /** What fails, in words of an operator. */
  readonly name: string;
  /** What clients and people at pages see. */
  readonly users: string;
  /** What is lost: nothing, or exactly what. */
  readonly lost: string;
  /** How long until all is as before, or what brings it there. */
  readonly recovery: string;
}

/** The title of the test that injects the fault. `npm run generate` reads the rest out of the test's text. */
export function fault({ name }: Fault): readonly [string] {
  return [name];
}
