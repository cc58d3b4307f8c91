/** 32 bits, signed: FNV-1a over the UTF-16 units of a text. The same in every version, since ledgers keep it. */
export function hashText(text: string): number {
  let hash = -2_128_831_035;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return hash;
}
