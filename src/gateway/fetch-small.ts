import { err, ok, type Result } from "#std";
import { type World } from "#world";

const BYTES_MAX = 64 * 1024;
/** Whatever answers such a request is near, or as good as ours. */
const CONNECT_MS = 3_000;

export interface SmallRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  /** Flat. */
  readonly headers: readonly string[];
  readonly body?: string;
  /** For all of it. */
  readonly timeoutMs: number;
}

export interface SmallAnswer {
  readonly status: number;
  readonly body: string;
}

/** One small request of our own for a credential, through the same door as every call. The error is a word for logs. */
export function fetchSmall(
  { clock, network }: Pick<World, "clock" | "network">,
  { method, url, headers, body, timeoutMs }: SmallRequest,
): Promise<Result<SmallAnswer, string>> {
  const upstream = network.upstream(url.origin, { connectTimeoutMs: CONNECT_MS, purpose: "credentials" });
  return new Promise<Result<SmallAnswer, string>>((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    const over = (result: Result<SmallAnswer, string>) => {
      timer.cancel();
      resolve(result);
    };
    const giveUp = (reason: string) => {
      over(err(reason));
      exchange.cancel();
    };
    const timer = clock.after(timeoutMs, () => giveUp("timeout"));
    const path = url.pathname + url.search;
    const all = [...headers, "accept-encoding", "identity"];
    const request = { method, path, headers: all, body: body === undefined ? undefined : Buffer.from(body) };
    const exchange = upstream.send(request, {
      head(code) {
        status = code;
      },
      data(chunk) {
        bytes += chunk.length;
        if (bytes <= BYTES_MAX) chunks.push(chunk);
        else giveUp("answer too large");
        return true;
      },
      end: () => over(ok({ status, body: Buffer.concat(chunks).toString() })),
      problem: ({ type }) => over(err(type)),
    });
  }).finally(() => void upstream.close());
}
