import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Intake, type Sender, takeTraces } from "#intake";
import { freeBytes } from "#std";
import { type World } from "#world";
import { type IntakeLine } from "./link.ts";

const SECRET_BYTES = 32;
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** All bodies that are read at one time. */
const HELD_BYTES_MAX = 96 * 1024 * 1024;
/**
 * What comes too fast waits so long for the ledger before it is refused: an exporter that is slowed down loses nothing, while one
 * that is refused waits a second at least. Gateway threads wait three times as long for the answer.
 */
const ROOM_WITHIN_MS = 3_000;
const LOOK_MS = 50;

/** Where gateway threads bring spans: loopback only, and only for who knows this office's secret. */
export class IntakeListener {
  readonly #world: World;
  readonly #intake: Intake;
  readonly #secret: Buffer;
  readonly #server: Server;
  #heldBytes = 0;

  constructor(world: World, intake: Intake) {
    this.#world = world;
    this.#intake = intake;
    this.#secret = Buffer.from(`Bearer ${world.chance.hex(SECRET_BYTES)}`);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Undefined when no port of the loopback can be had. */
  async open(): Promise<IntakeLine | undefined> {
    const listening = await this.#world.network.listen(this.#server, { host: "127.0.0.1", port: 0, shared: false });
    if (!listening.ok) return undefined;
    const secret = this.#secret.toString().slice("Bearer ".length);
    return { origin: `http://127.0.0.1:${listening.value.port}`, secret };
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const cut = this.#world.clock.after(1000, () => this.#server.closeAllConnections());
    await closed;
    cut.cancel();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sender = this.#isFromUs(request) ? senderOf(request) : undefined;
    if (sender === undefined || request.method !== "POST" || request.url !== "/traces") return end(response, 403);
    const bytes = Number(request.headers["content-length"] ?? Number.NaN);
    if (!(bytes <= BODY_BYTES_MAX)) return end(response, 413);
    if (this.#heldBytes + bytes > HELD_BYTES_MAX) return end(response, 503);
    this.#heldBytes += bytes;
    try {
      const body = await readAll(request);
      if (body === undefined) return undefined;
      await this.#untilRoom();
      const reply = await takeTraces(this.#intake, sender, {
        bytes: body,
        mediaType: request.headers["content-type"],
        encoding: request.headers["content-encoding"],
      });
      // Of what was decoded only texts of their own are kept.
      freeBytes(body);
      response.writeHead(reply.status, { "content-type": reply.mediaType, "content-length": reply.body.length });
      response.end(reply.body);
    } finally {
      this.#heldBytes -= bytes;
    }
    return undefined;
  }

  async #untilRoom(): Promise<void> {
    const { clock } = this.#world;
    const latestMs = clock.monotonicMs() + ROOM_WITHIN_MS;
    while (this.#intake.isFull && clock.monotonicMs() < latestMs) await clock.sleep(LOOK_MS);
  }

  #isFromUs({ headers: { authorization = "" } }: IncomingMessage): boolean {
    const said = Buffer.from(authorization);
    return said.length === this.#secret.length && timingSafeEqual(said, this.#secret);
  }
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: "close" });
  response.end();
}

/** Undefined when the thread went away in the middle. Node holds a sender to the length that it told. */
async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const body = Buffer.concat(chunks);
  for (const chunk of chunks) freeBytes(chunk);
  return body;
}

/** As `TracesLine` writes it; the secret has said that it is ours. */
function senderOf({ headers }: IncomingMessage): Sender | undefined {
  const text = headers["x-tare-sender"];
  if (typeof text !== "string") return undefined;
  const { tenant, key, pins }: Sender = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  return { tenant, key, pins };
}
