/** The upstream of the bench, a program of its own: raw sockets and canned answers, so that it costs next to nothing. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { PACED_BODY_MARK, streamFrames, wholeAnswer } from "./canned.ts";

const PACE_MS = 1;
const answerText = wholeAnswer();
const wholeBytes = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n` +
    `content-length: ${Buffer.byteLength(answerText)}\r\n\r\n${answerText}`,
);
const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n",
);
const streams = {
  plain: streamFrames({ withUsage: false }).map(toChunk),
  withUsage: streamFrames({ withUsage: true }).map(toChunk),
};
const lastChunk = Buffer.from("0\r\n\r\n");
const headEnd = Buffer.from("\r\n\r\n");

function toChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function receive(socket: Socket): void {
  socket.setNoDelay(true);
  let held: Buffer = Buffer.alloc(0);
  socket.on("data", (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    const end = held.indexOf(headEnd);
    if (end === -1) return;
    const head = held.toString("latin1", 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const whole = length === undefined ? chunkedEnd(held, end + 4) : end + 4 + Number(length);
    if (whole === undefined || held.length < whole) return;
    const body = held.toString("latin1", end + 4, whole);
    held = held.subarray(whole);
    answer(socket, body);
  });
  socket.on("error", () => socket.destroy());
}

/** Where a chunked body ends, if all of it is there; whole enough for what HTTP clients here send. */
function chunkedEnd(held: Buffer, from: number): number | undefined {
  const at = held.indexOf("0\r\n\r\n", from);
  return at === -1 ? undefined : at + 5;
}

function answer(socket: Socket, body: string): void {
  if (!body.includes('"stream":true')) {
    socket.write(wholeBytes);
    return;
  }
  const chunks = body.includes('"include_usage":true') ? streams.withUsage : streams.plain;
  socket.write(streamHead);
  if (body.includes(PACED_BODY_MARK)) return pace(socket, chunks);
  for (const chunk of chunks) socket.write(chunk);
  socket.write(lastChunk);
}

function pace(socket: Socket, chunks: readonly Buffer[]): void {
  let index = 0;
  const timer = setInterval(() => {
    const chunk = chunks[index++];
    if (!socket.destroyed) socket.write(chunk ?? lastChunk);
    if (chunk === undefined || socket.destroyed) clearInterval(timer);
  }, PACE_MS);
}

const server = createServer({ noDelay: true }, receive);
server.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on("disconnect", () => process.exit(0));
