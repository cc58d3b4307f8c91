import { once } from "node:events";
import { type Socket } from "node:net";
import { encodeFields, fieldIn } from "#http";
import { type UpstreamRequest } from "./network.ts";

// Copying so much behind the head costs less than a write of two parts.
const COPIED_BYTES_MAX = 64 * 1024;
const TARGET = /^\/[\u0021-\u007e]*$/;
const METHOD = /^[A-Z]{1,20}$/;
const LAST_CHUNK = "0\r\n\r\n";

/** The lines of a request's head that do not depend on its body; undefined when one of them could be read as two. */
export function encodeHead(
  { method, path, headers, lines = encodeFields(headers) }: UpstreamRequest,
  { host }: URL,
): string | undefined {
  if (lines === undefined || !METHOD.test(method) || !TARGET.test(path)) return undefined;
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines}`;
}

/** Puts one request on the wire and tells when its last byte was handed over. */
export function sendRequest(
  socket: Socket,
  head: string,
  { request, onSent }: { readonly request: UpstreamRequest; readonly onSent: () => void },
): void {
  const { method, headers, body } = request;
  if (body === undefined || Buffer.isBuffer(body)) {
    writeWhole(socket, { head, body, needsLength: method !== "GET" });
    onSent();
    return;
  }
  void writePieces(socket, { head, headers, pieces: body }).then(
    (isWhole) => (isWhole ? onSent() : socket.destroy()),
    // The sender has broken off: no provider may take the part for the whole.
    () => socket.destroy(),
  );
}

function writeWhole(
  socket: Socket,
  {
    head,
    body,
    needsLength,
  }: { readonly head: string; readonly body: Buffer | undefined; readonly needsLength: boolean },
): void {
  const length = body?.length ?? 0;
  const text = body !== undefined || needsLength ? `${head}content-length: ${length}\r\n\r\n` : `${head}\r\n`;
  if (body === undefined || length === 0) {
    socket.write(text, "latin1");
    return;
  }
  if (length > COPIED_BYTES_MAX) {
    socket.cork();
    socket.write(text, "latin1");
    socket.write(body);
    socket.uncork();
    return;
  }
  const bytes = Buffer.allocUnsafe(text.length + length);
  bytes.write(text, 0, "latin1");
  body.copy(bytes, text.length);
  socket.write(bytes);
}

/** False when there were fewer or more bytes than the head has told. */
async function writePieces(
  socket: Socket,
  {
    head,
    headers,
    pieces,
  }: { readonly head: string; readonly headers: readonly string[]; readonly pieces: AsyncIterable<Buffer> },
): Promise<boolean> {
  const told = fieldIn(headers, "content-length");
  socket.write(told === undefined ? `${head}transfer-encoding: chunked\r\n\r\n` : `${head}\r\n`, "latin1");
  let left = told === undefined ? Infinity : Number(told);
  for await (const piece of pieces) {
    left -= piece.length;
    if (left < 0 || socket.destroyed) return false;
    if (piece.length > 0 && !writePiece(socket, piece, told === undefined)) await drained(socket);
  }
  if (told !== undefined) return left === 0;
  socket.write(LAST_CHUNK, "latin1");
  return true;
}

function writePiece(socket: Socket, piece: Buffer, isChunk: boolean): boolean {
  if (!isChunk) return socket.write(piece);
  socket.cork();
  socket.write(`${piece.length.toString(16)}\r\n`, "latin1");
  socket.write(piece);
  const takesMore = socket.write("\r\n", "latin1");
  socket.uncork();
  return takesMore;
}

async function drained(socket: Socket): Promise<void> {
  if (!socket.destroyed) await Promise.race([once(socket, "drain"), once(socket, "close")]);
}
