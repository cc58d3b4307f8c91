import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Upstream, type World } from "#world";
import { type Encoding } from "./encoding.ts";
import { type TelemetrySettings } from "./telemetry-config.ts";

export type Delivery =
  /** `rejected`: of what was sent, by the collector's own count. */
  | { readonly type: "delivered"; readonly rejected: number }
  /** `retryAfterMs` is what the collector asked for. */
  | { readonly type: "again"; readonly problem: string; readonly retryAfterMs: number | undefined }
  /** Trying the same again would not help. */
  | { readonly type: "never"; readonly problem: string };

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;
/** The only answers that OTLP lets a sender try again after. */
const PATIENCE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const RETRY_AFTER_MS_MAX = 3_600_000;

const pack = promisify(gzip);

/** The connection to the one collector of the configuration. */
export class Collector {
  readonly #world: World;
  readonly #settings: TelemetrySettings;
  readonly #encoding: Encoding;
  readonly #upstream: Upstream;

  constructor(world: World, { settings, encoding }: { settings: TelemetrySettings; encoding: Encoding }) {
    this.#world = world;
    this.#settings = settings;
    this.#encoding = encoding;
    world.network.allow([settings.origin]);
    this.#upstream = world.network.upstream(settings.origin, { connectTimeoutMs: CONNECT_MS });
  }

  /** Closes the connection under what is being sent, which then counts as not delivered. */
  close(): Promise<void> {
    return this.#upstream.close();
  }

  /** Redirects are not followed: headers go to the address that was configured. */
  async send(signal: "traces" | "metrics", body: Buffer): Promise<Delivery> {
    const { basePath, headers } = this.#settings;
    const packed = await pack(body);
    const flat = ["content-type", this.#encoding.mediaType, "content-encoding", "gzip", "user-agent", "tare"];
    for (const { name, value } of headers) flat.push(name, value.reveal());
    return this.#exchange({ method: "POST", path: `${basePath}/v1/${signal}`, headers: flat, body: packed });
  }

  #exchange(request: Parameters<Upstream["send"]>[0]): Promise<Delivery> {
    const { clock } = this.#world;
    return new Promise((settle) => {
      let [status, bytes, retryAfter] = [0, 0, ""];
      const chunks: Buffer[] = [];
      const exchange = this.#upstream.send(request, {
        head(code, lines) {
          status = code;
          const at = lines.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === "retry-after");
          retryAfter = at === -1 ? "" : (lines[at + 1] ?? "");
        },
        data(chunk) {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) exchange.cancel();
          else chunks.push(chunk);
          return true;
        },
        end: () => finish(this.#deliveryOf({ status, retryAfter, answer: Buffer.concat(chunks) })),
        // What it took it said with the status; the rest of its words may be lost.
        problem: ({ type }) =>
          finish(status === 0 ? again(type) : this.#deliveryOf({ status, retryAfter, answer: Buffer.alloc(0) })),
      });
      const timer = clock.after(ANSWER_MS, () => exchange.cancel());
      function finish(delivery: Delivery): void {
        timer.cancel();
        settle(delivery);
      }
    });
  }

  #deliveryOf({ status, retryAfter, answer }: { status: number; retryAfter: string; answer: Buffer }): Delivery {
    if (status >= 200 && status < 300) return { type: "delivered", rejected: this.#encoding.rejected(answer) };
    const problem = `status ${status}`;
    if (!PATIENCE.has(status)) return { type: "never", problem };
    return { type: "again", problem, retryAfterMs: toDelay(retryAfter, this.#world.clock.now()) };
  }
}

function again(problem: string): Delivery {
  return { type: "again", problem, retryAfterMs: undefined };
}

/** Seconds or a date, as HTTP has it; undefined for neither. */
function toDelay(retryAfter: string, now: number): number | undefined {
  const ms = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms));
}
