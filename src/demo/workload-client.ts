import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { type Secret } from "#units";
import { type Clock } from "#world";
import { type PlannedCall } from "./planned-call.ts";

/** How one call ended for its client. `broken` is an answer that stopped before its end. */
export type CallOutcome =
  | { readonly type: "answered"; readonly status: number; readonly mayRetry: boolean }
  | { readonly type: "broken" | "hung-up" | "not-reached" };

const SOCKETS_MAX = 256;

/** A client of the gateway, as an SDK would be one: keep-alive connections and plain HTTP. */
export class WorkloadClient {
  readonly #origin: URL;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, keepAliveMsecs: 1000 });

  constructor(baseUrl: string, clock: Clock) {
    this.#origin = new URL(baseUrl);
    this.#clock = clock;
  }

  async send(
    call: PlannedCall,
    options: { key: Secret; headers: Readonly<Record<string, string>>; hangUpAfterMs: number | undefined },
  ): Promise<CallOutcome> {
    const { key, headers, hangUpAfterMs } = options;
    return new Promise((resolve) => {
      const sent = request(
        new URL(call.path, this.#origin),
        {
          method: "POST",
          agent: this.#agent,
          headers: {
            ...headers,
            ...credentialFor(call.path, key),
            "content-type": call.contentType,
            "content-length": Buffer.byteLength(call.body),
          },
        },
        (answer) => readToEnd(answer, resolve),
      );
      if (hangUpAfterMs !== undefined) this.#hangUp(sent, { afterMs: hangUpAfterMs, resolve });
      sent.on("error", () => resolve({ type: "not-reached" }));
      sent.end(call.body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #hangUp(sent: ClientRequest, at: { afterMs: number; resolve: (outcome: CallOutcome) => void }): void {
    const timer = this.#clock.after(at.afterMs, () => {
      at.resolve({ type: "hung-up" });
      sent.destroy();
    });
    sent.on("close", () => timer.cancel());
  }
}

function readToEnd(answer: IncomingMessage, resolve: (outcome: CallOutcome) => void): void {
  const status = answer.statusCode ?? 0;
  const isPassing = status === 408 || status === 429 || status >= 500;
  const mayRetry = isPassing && answer.headers["x-should-retry"] !== "false";
  answer.on("end", () => resolve(answer.complete ? { type: "answered", status, mayRetry } : { type: "broken" }));
  answer.on("error", () => resolve({ type: "broken" }));
  answer.resume();
}

/** Each protocol's clients carry their key in their own header. */
function credentialFor(path: string, key: Secret): Record<string, string> {
  if (path.startsWith("/v1/messages")) return { "x-api-key": key.reveal(), "anthropic-version": "2023-06-01" };
  if (path.startsWith("/v1beta/")) return { "x-goog-api-key": key.reveal() };
  return { authorization: `Bearer ${key.reveal()}` };
}
