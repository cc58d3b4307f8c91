/**
 * Gives back at once what nobody looks at any more. The garbage collector sees a small object where a body of a megabyte is:
 * it lets 64 MB of them come together and then goes through the whole heap, twice a second at 7,000 spans a second, with
 * 10 ms in which nothing else runs. Bytes that are a part of other memory stay as they are. Never of what is being written
 * to a socket: the system still reads it.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) buffer.transfer(0);
}
