/** Rendezvous hashing: who scores highest for a key has it, so that a target that leaves moves only its own keys. */

/** 32 bits of a text, by FNV-1a; spread well enough by `scoreOf`, and no secret. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The score of one target for one key, both by their hashes: the finalizer of MurmurHash3 over their mixture. */
export function scoreOf(key: number, target: number): number {
  let mixed = key ^ Math.imul(target, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
