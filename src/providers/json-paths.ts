import { assert } from "#std";

/** One place in a JSON document that is wanted: a leaf whose text is kept, or the way to deeper places. */
export interface PathNode {
  /** Index of the place among all wanted ones; -1 where only the way leads through. */
  slot: number;
  /** As it is called in refusals. */
  readonly name: string;
  /** Children by the length of their key in bytes. */
  keys: KeyEntry[][] | undefined;
  each: PathNode | undefined;
  /** The strings found here are generated content: only their length is wanted. */
  isContent: boolean;
  /** Nothing deeper is wanted, so the whole text of the value is kept. */
  isLeaf: boolean;
  /** Below an array, so found more than once. */
  readonly isRepeated: boolean;
}

export interface KeyEntry {
  readonly bytes: Uint8Array;
  readonly folded: string;
  /** Bit of the child among its siblings; two spellings of one field have the same. */
  readonly bit: number;
  readonly node: PathNode;
}

export interface JsonPaths<Name extends string = string> {
  readonly root: PathNode;
  readonly slots: number;
  /** By slot, for refusals. */
  readonly names: readonly string[];
  readonly at: Readonly<Record<Name, number>>;
}

/** As lenient readers compare keys: Go folds the Kelvin sign and the long s into k and s. */
function foldKey(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/**
 * Compiles paths like `messages[].content[].type`; `a|b` in one segment are two spellings of the same field. Places under
 * `content` are measured and not kept.
 */
export function compilePaths<const Name extends string>(
  names: readonly Name[],
  content: readonly string[] = [],
): JsonPaths<Name> {
  const root = newNode("", false);
  root.slot = 0;
  const at: object = Object.fromEntries(names.map((name, index) => [name, index + 1]));
  for (const [index, name] of names.entries()) {
    reach(root, name).slot = index + 1;
  }
  for (const name of content) reach(root, name).isContent = true;
  assert(hasAll(at, names), "every path has a slot");
  const slots: Readonly<Record<Name, number>> = at;
  return { root, slots: names.length + 1, names: ["", ...names], at: slots };
}

/** The field whose key stands between `from` and `to`, letter for letter. */
export function findKey(keys: readonly KeyEntry[][], text: Buffer, from: number, to: number): KeyEntry | undefined {
  const candidates = keys[to - from];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (isSame(candidate.bytes, text, from)) return candidate;
  return undefined;
}

/** Whether another reader could take the key for one of ours: same length and first letter, or letters beyond ASCII. */
export function mayFold(keys: readonly KeyEntry[][], text: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((text[at] ?? 0) >= 0x80) return true;
  const first = (text[from] ?? 0) | 0x20;
  return keys[to - from]?.some((key) => ((key.bytes[0] ?? 0) | 0x20) === first) ?? false;
}

export function findFolded(keys: readonly KeyEntry[][], key: string): KeyEntry | undefined {
  const folded = foldKey(key);
  return keys.flat().find((candidate) => candidate.folded === folded);
}

export function findExact(keys: readonly KeyEntry[][], key: string): KeyEntry | undefined {
  return findKey(keys, Buffer.from(key), 0, Buffer.byteLength(key));
}

function isSame(expected: Uint8Array, text: Buffer, from: number): boolean {
  for (let index = 0; index < expected.length; index += 1) if (text[from + index] !== expected[index]) return false;
  return true;
}

function hasAll<Name extends string>(at: object, names: readonly Name[]): at is Readonly<Record<Name, number>> {
  return names.every((name) => name in at);
}

/** The node for one path, made with everything on the way to it. */
function reach(root: PathNode, path: string): PathNode {
  let node = root;
  for (const segment of path.split(".")) {
    const key = segment.replaceAll("[]", "");
    if (key !== "") node = child(node, key);
    for (let arrays = (segment.length - key.length) / 2; arrays > 0; arrays -= 1) {
      node.isLeaf = false;
      node.each ??= newNode(`${node.name}[]`, true);
      node = node.each;
    }
  }
  return node;
}

function child(parent: PathNode, spellings: string): PathNode {
  const keys = (parent.keys ??= []);
  parent.isLeaf = false;
  const known = keys.flat().find((entry) => spellings.split("|").includes(new TextDecoder().decode(entry.bytes)));
  if (known !== undefined) return known.node;
  const bit = 1 << new Set(keys.flat().map((entry) => entry.bit)).size;
  const first = spellings.split("|")[0] ?? spellings;
  const node = newNode(parent.name === "" ? first : `${parent.name}.${first}`, parent.isRepeated);
  for (const spelling of spellings.split("|")) {
    const bytes = new TextEncoder().encode(spelling);
    while (keys.length <= bytes.length) keys.push([]);
    keys[bytes.length]?.push({ bytes, folded: foldKey(spelling), bit, node });
  }
  return node;
}

function newNode(name: string, isRepeated: boolean): PathNode {
  return { slot: -1, name, keys: undefined, each: undefined, isContent: false, isLeaf: true, isRepeated };
}
