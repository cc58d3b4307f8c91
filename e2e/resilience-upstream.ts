/** Providers that fail on the wire as told: what to do stands in the name of the model that is asked for. */
import { createServer, type Server, type Socket } from "node:net";
import { type AddressInfo } from "node:net";

const chunkOf = (delta: object, finish: string | null = null) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-5-mini",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const frameOf = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

const frames = [
  frameOf(chunkOf({ role: "assistant", content: "" })),
  frameOf(chunkOf({ content: "All " })),
  frameOf(chunkOf({ content: "is well." })),
  frameOf(chunkOf({}, "stop")),
  frameOf({ ...chunkOf({}), choices: [], usage }),
  "data: [DONE]\n\n",
];
const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const pieces = frames.map((frame) => `${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`);

/** The bytes of a whole streamed answer as they go over the wire. */
export const recorded = Buffer.from(`${head}${pieces.join("")}0\r\n\r\n`);
/** So many of them have to come before the first content can be shown to anybody. */
export const firstContentAt = Buffer.byteLength(head + pieces[0] + (pieces[1] ?? "").slice(0, -2));
export const wholeText = "All is well.";

const wholeBody = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-5-mini",
  choices: [{ index: 0, message: { role: "assistant", content: wholeText }, finish_reason: "stop" }],
  usage,
});

export interface WireProvider {
  readonly url: string;
  /** Models asked for, in order. */
  readonly asked: string[];
  /** In place of what the model's name says, for every call from now on. */
  mood: string | undefined;
  close(): Promise<void>;
}

export async function startWireProvider(): Promise<WireProvider> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const provider = { url: "", asked, mood: undefined as string | undefined, close: () => end(server, sockets) };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let held = "";
    socket.on("data", (bytes) => {
      held += bytes.toString("latin1");
      const mark = held.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(held)?.[1] ?? 0);
      if (mark === -1 || held.length < mark + 4 + length) return;
      const body = held.slice(mark + 4);
      held = "";
      const model = /"model":"([^"]+)"/.exec(body)?.[1] ?? "";
      asked.push(model);
      answer(socket, provider.mood ?? model, body.includes('"stream":true'));
    });
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return provider;
}

function answer(socket: Socket, mood: string, isStream: boolean): void {
  const [what = "", detail = "", after = detail === "429" ? "1" : undefined] = mood.split("-");
  if (what === "reset") {
    // All bytes in one write, and the reset only when they have left.
    socket.write(recorded.subarray(0, Number(detail)), () => void setTimeout(() => socket.resetAndDestroy(), 2));
  } else if (what === "status") {
    const pause = after === undefined ? "" : `retry-after: ${after}\r\n`;
    socket.write(`HTTP/1.1 ${detail} No\r\n${pause}content-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
  } else if (what === "garbage") socket.end("HTTP/1.1 two hundred\r\n\r\n\u0000\u0001");
  else if (what === "badchunk") socket.end(`${head}zz\r\nnothing\r\n`);
  else if (what === "badframe") socket.end(`${head}8\r\ndata: {"\r\n0\r\n\r\n`);
  else if (what === "drip") drip(socket, 0);
  else if (what === "slow") setTimeout(() => whole(socket, isStream), Number(detail));
  else if (what !== "silent") whole(socket, isStream);
}

function whole(socket: Socket, isStream: boolean): void {
  if (isStream) socket.write(recorded);
  else
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(wholeBody)}\r\n\r\n${wholeBody}`,
    );
}

/** A byte each twentieth of a second: the head alone would take five. */
function drip(socket: Socket, at: number): void {
  if (socket.destroyed || at >= recorded.length) return;
  socket.write(recorded.subarray(at, at + 1));
  setTimeout(() => drip(socket, at + 1), 50);
}

function end(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((closed) => void server.close(() => closed()));
}
