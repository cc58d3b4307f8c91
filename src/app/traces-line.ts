import { type Gateway } from "#gateway";
import { freeBytes } from "#std";
import { type Upstream, type World } from "#world";
import { type IntakeLine } from "./link.ts";

type TracesPort = NonNullable<ConstructorParameters<typeof Gateway>[0]["traces"]>;
type SentTraces = Parameters<TracesPort["send"]>[0];
type TracesReply = NonNullable<Awaited<ReturnType<TracesPort["send"]>>>;

const CONNECT_MS = 1_000;
/** Exporters wait ten seconds themselves. */
const ANSWER_MS = 9_000;
const TAKEN = 200;
const REPLY_BYTES_MAX = 64 * 1024;

/** A gateway thread's way to the office: one exchange over loopback for each export, in the office's own words. */
export class TracesLine implements TracesPort {
  readonly #world: World;
  #line: IntakeLine | undefined;
  #upstream: Upstream | undefined;

  constructor(world: World, line: IntakeLine | undefined) {
    this.#world = world;
    this.connect(line);
  }

  /** The one origin beside the providers' that the thread may reach. */
  get origins(): readonly string[] {
    return this.#line === undefined ? [] : [this.#line.origin];
  }

  connect(line: IntakeLine | undefined): void {
    void this.#upstream?.close();
    this.#line = line;
    this.#upstream =
      line === undefined ? undefined : this.#world.network.upstream(line.origin, { connectTimeoutMs: CONNECT_MS });
  }

  /** A body that the office has taken is freed. */
  send({ body, ...sent }: SentTraces): Promise<TracesReply | undefined> {
    const { clock } = this.#world;
    const [line, upstream] = [this.#line, this.#upstream];
    if (line === undefined || upstream === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const reply = { status: 0, mediaType: "application/json" };
      const chunks: Buffer[] = [];
      let bytes = 0;
      const timer = clock.after(ANSWER_MS, () => exchange.cancel());
      const end = (answered: TracesReply | undefined) => {
        timer.cancel();
        // Then the office has all of it.
        if (answered?.status === TAKEN) freeBytes(body);
        resolve(answered);
      };
      const exchange = upstream.send(
        { method: "POST", path: "/traces", headers: headersOf(line, sent), body },
        {
          head(status, headers) {
            reply.status = status;
            const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
            reply.mediaType = headers[at + 1] ?? reply.mediaType;
          },
          data(chunk) {
            bytes += chunk.length;
            if (bytes <= REPLY_BYTES_MAX) chunks.push(chunk);
            return true;
          },
          end: () => end({ ...reply, body: Buffer.concat(chunks) }),
          problem: () => end(undefined),
        },
      );
    });
  }
}

function headersOf({ secret }: IntakeLine, { mediaType, encoding, ...sender }: Omit<SentTraces, "body">): string[] {
  const headers = ["authorization", `Bearer ${secret}`, "x-tare-sender", encodeSender(sender)];
  if (mediaType !== undefined) headers.push("content-type", mediaType);
  if (encoding !== undefined) headers.push("content-encoding", encoding);
  return headers;
}

/** Base64 of JSON: names of teams and features may have any letters. */
function encodeSender(sender: Omit<SentTraces, "body" | "mediaType" | "encoding">): string {
  return Buffer.from(JSON.stringify(sender)).toString("base64url");
}
