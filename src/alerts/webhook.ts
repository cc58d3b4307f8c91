/** One message to the webhook: its body, its signature, and what came of it. */
import { createHmac } from "node:crypto";
import { type Instant } from "#units";
import { type Upstream, type World } from "#world";
import { type AlertSettings } from "./alerts-config.ts";

export interface AlertMessage {
  readonly id: string;
  readonly type: string;
  readonly at: Instant;
  readonly says: string;
  readonly facts: Readonly<Record<string, string>>;
}

export type Delivery =
  | { readonly type: "delivered" }
  /** `retryAfterMs` is what the receiver asked for. */
  | { readonly type: "again"; readonly problem: string; readonly retryAfterMs: number | undefined }
  /** Trying the same again would not help. */
  | { readonly type: "never"; readonly problem: string };

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;
/** Answers that ask for patience; every other 4xx says that the message or the address is wrong. */
const PATIENCE: ReadonlySet<number> = new Set([408, 425, 429]);

/** A connection to the one address of the configuration; its origin is the only one that this process may reach. */
export class Webhook {
  readonly #world: World;
  readonly #settings: AlertSettings;
  readonly #upstream: Upstream;
  readonly #path: string;

  constructor(world: World, settings: AlertSettings) {
    this.#world = world;
    this.#settings = settings;
    const url = new URL(settings.url.reveal());
    world.network.allow([url.origin]);
    this.#upstream = world.network.upstream(url.origin, { connectTimeoutMs: CONNECT_MS });
    this.#path = `${url.pathname}${url.search}`;
  }

  get origin(): string {
    return this.#upstream.origin;
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  /** Redirects are not followed: the address that was configured is the one that is told. */
  send(message: AlertMessage): Promise<Delivery> {
    const { clock } = this.#world;
    const { format, secret } = this.#settings;
    const body = Buffer.from(JSON.stringify(format === "slack" ? slackBody(message) : jsonBody(message)));
    const seconds = String(Math.floor(clock.now() / 1000));
    const headers = ["content-type", "application/json", "user-agent", "tare"];
    headers.push("x-tare-alert", message.id, "x-tare-timestamp", seconds);
    if (secret !== undefined) headers.push("x-tare-signature", `v1=${signature(secret.reveal(), { seconds, body })}`);
    return new Promise((settle) => {
      let [status, bytes, retryAfter] = [0, 0, ""];
      const exchange = this.#upstream.send(
        { method: "POST", path: this.#path, headers, body },
        {
          head: (code, lines) => {
            status = code;
            retryAfter =
              lines[lines.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === "retry-after") + 1] ?? "";
          },
          data: (chunk) => {
            bytes += chunk.length;
            // What it says is not read; only a receiver that never stops saying it must not hold us.
            if (bytes > ANSWER_BYTES_MAX) exchange.cancel();
            return true;
          },
          end: () => finish(deliveryOf(status, retryAfter)),
          problem: ({ type }) => finish(status === 0 ? again(type) : deliveryOf(status, retryAfter)),
        },
      );
      const timer = clock.after(ANSWER_MS, () => exchange.cancel());
      function finish(delivery: Delivery): void {
        timer.cancel();
        settle(delivery);
      }
    });
  }
}

function again(problem: string): Delivery {
  return { type: "again", problem, retryAfterMs: undefined };
}

function deliveryOf(status: number, retryAfter: string): Delivery {
  if (status >= 200 && status < 300) return { type: "delivered" };
  const problem = `status ${status}`;
  if (status >= 300 && status < 400) return { type: "never", problem: `${problem}: redirects are not followed` };
  if (status < 500 && !PATIENCE.has(status)) return { type: "never", problem };
  const seconds = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return { type: "again", problem, retryAfterMs: seconds === undefined ? undefined : seconds * 1000 };
}

/** HMAC-SHA256 over the time, a point, and the body as it is sent, in hex. */
function signature(secret: string, { seconds, body }: { readonly seconds: string; readonly body: Buffer }): string {
  return createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
}

function jsonBody({ id, type, at, says, facts }: AlertMessage): object {
  return { id, type, at: new Date(at).toISOString(), says, facts };
}

/** Slack reads three characters as markup, and names of budgets and users come from outside. */
function slackBody({ says }: AlertMessage): object {
  return { text: says.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") };
}
