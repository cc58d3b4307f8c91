import { type PathNode } from "./json-paths.ts";

/** One open object or array of a document, or the document itself. Levels are used again: most documents open many one after another. */
export class JsonLevel {
  readonly depth: number;
  readonly outer: JsonLevel | undefined;
  /** What is wanted of it. */
  node: PathNode | undefined = undefined;
  isObject = false;
  /** First byte of the value, and of the key in front of it. */
  start = 0;
  keyStart = 0;
  children = 0;
  /** Bits of the wanted keys that were seen in it. */
  seen = 0;
  #inner: JsonLevel | undefined;

  constructor(outer: JsonLevel | undefined) {
    this.depth = outer === undefined ? 0 : outer.depth + 1;
    this.outer = outer;
  }

  open(node: PathNode | undefined, isObject: boolean): JsonLevel {
    const inner = (this.#inner ??= new JsonLevel(this));
    inner.node = node;
    inner.isObject = isObject;
    inner.children = 0;
    inner.seen = 0;
    return inner;
  }
}
