import { assert } from "#std";

interface OpenAttempt {
  readonly attempt: string;
  readonly line: string;
  /** Ascending in the order of dispatch. */
  readonly number: number;
}

const BUCKETS = 256;

/**
 * Attempts that are dispatched and not settled, each with its line for the next segment, in the order of dispatch. Lists
 * by the end of the id, which is random: V8 chains each table that a Map has outgrown to the next one, which kept settled
 * lines alive, and an object's keys are entered into a table of all names, which took three times as long.
 */
export class OpenAttempts {
  readonly #buckets: readonly OpenAttempt[][] = Array.from({ length: BUCKETS }, () => []);
  #size = 0;
  #added = 0;

  get size(): number {
    return this.#size;
  }

  add(attempt: string, line: string): void {
    const bucket = this.#bucketOf(attempt);
    const at = placeIn(bucket, attempt);
    if (at === bucket.length) this.#size += 1;
    this.#added += 1;
    bucket[at] = { attempt, line, number: this.#added };
  }

  delete(attempt: string): void {
    const bucket = this.#bucketOf(attempt);
    const at = placeIn(bucket, attempt);
    const last = at === bucket.length ? undefined : bucket.pop();
    if (last === undefined) return;
    this.#size -= 1;
    if (at < bucket.length) bucket[at] = last;
  }

  lines(): readonly string[] {
    return this.#inOrder().map(({ line }) => line);
  }

  attempts(): readonly string[] {
    return this.#inOrder().map(({ attempt }) => attempt);
  }

  #inOrder(): readonly OpenAttempt[] {
    return this.#buckets.flat().toSorted((left, right) => left.number - right.number);
  }

  #bucketOf(attempt: string): OpenAttempt[] {
    const last = attempt.charCodeAt(attempt.length - 1) * 31 + attempt.charCodeAt(attempt.length - 2);
    const bucket = this.#buckets[last % BUCKETS];
    assert(bucket !== undefined, "each attempt has a bucket");
    return bucket;
  }
}

/** Behind the last one where it is not there. */
function placeIn(bucket: readonly OpenAttempt[], attempt: string): number {
  let at = 0;
  while (at < bucket.length && bucket[at]?.attempt !== attempt) at += 1;
  return at;
}
