import { err, ok, type Result } from "#std";
import { type World } from "#world";

const BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 10_000;

export interface SmallRequest {
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
}

export interface SmallAnswer {
  readonly status: number;
  readonly body: string;
}

/** One small request of our own, through the same door as every call. The error is a word for logs. */
export function fetchSmall(
  { clock, network }: Pick<World, "clock" | "network">,
  { url, contentType, body }: SmallRequest,
): Promise<Result<SmallAnswer, string>> {
  const upstream = network.upstream(url.origin, { connectTimeoutMs: TIMEOUT_MS });
  return new Promise<Result<SmallAnswer, string>>((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    const over = (result: Result<SmallAnswer, string>) => {
      timer.cancel();
      resolve(result);
    };
    const timer = clock.after(TIMEOUT_MS, () => {
      over(err("timeout"));
      exchange.cancel();
    });
    const headers = ["content-type", contentType, "accept", "application/json", "accept-encoding", "identity"];
    const request = { method: "POST", path: url.pathname + url.search, headers, body: Buffer.from(body) };
    const exchange = upstream.send(request, {
      head(code) {
        status = code;
      },
      data(chunk) {
        bytes += chunk.length;
        if (bytes <= BYTES_MAX) chunks.push(chunk);
        else exchange.cancel();
        return true;
      },
      end: () => over(ok({ status, body: Buffer.concat(chunks).toString() })),
      problem: ({ type }) => over(err(type)),
    });
  }).finally(() => void upstream.close());
}
