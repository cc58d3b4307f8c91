/** One page of a report, asked for until it is there or it is clear that it will not come. */
import { err, ok, type Result } from "#std";
import { type Upstream, type World } from "#world";

/**
 * `refused`: the key is none, or may not read reports. `absent`: there is no such report there. `unavailable`: after several
 * tries. `unreadable`: no JSON of a size that can be kept. `endless`: pages that never come to an end.
 */
export interface FetchProblem {
  readonly type: "refused" | "absent" | "unavailable" | "unreadable" | "endless";
  /** A status or a word of the network; never what the provider said, and never the key. */
  readonly detail: string;
}

const ANSWER_MS = 30_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const TRIES = 5;
const FIRST_PAUSE_MS = 1000;
const PAUSE_MS_MAX = 120_000;
/** Said by providers and by what stands before them when another try may help. */
const PATIENCE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 529]);

export interface PageRequest {
  readonly path: string;
  /** Flat, the key's among them. */
  readonly headers: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string;
  readonly body: Buffer;
}

/** Tries again after what may pass, when the provider says or each time twice as late. Redirects are not followed. */
export async function askPage(
  { clock }: Pick<World, "clock">,
  upstream: Upstream,
  request: PageRequest,
): Promise<Result<unknown, FetchProblem>> {
  for (let tried = 1; ; tried += 1) {
    const answer = await send({ clock }, upstream, request);
    const told = answer.ok ? judge(answer.value) : err({ type: "unavailable", detail: answer.error } as const);
    if (told.ok || told.error.type !== "unavailable" || tried === TRIES) return told;
    const asked = answer.ok ? delayOf(answer.value.retryAfter, clock.now()) : undefined;
    await clock.sleep(Math.min(PAUSE_MS_MAX, asked ?? FIRST_PAUSE_MS * 2 ** (tried - 1)));
  }
}

function judge({ status, body }: Answer): Result<unknown, FetchProblem> {
  if (status === 200) return parse(body);
  const detail = `status ${status}`;
  if (status === 401 || status === 403) return err({ type: "refused", detail });
  if (status === 404) return err({ type: "absent", detail });
  return err({ type: PATIENCE.has(status) ? "unavailable" : "unreadable", detail });
}

function parse(body: Buffer): Result<unknown, FetchProblem> {
  try {
    return ok(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    return err({ type: "unreadable", detail: "not JSON in UTF-8" });
  }
}

/** Seconds or a date, as HTTP has it; undefined for neither. */
function delayOf(retryAfter: string, now: number): number | undefined {
  const ms = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function send(
  { clock }: Pick<World, "clock">,
  upstream: Upstream,
  { path, headers }: PageRequest,
): Promise<Result<Answer, string>> {
  return new Promise((settle) => {
    let [status, bytes, retryAfter] = [0, 0, ""];
    const chunks: Buffer[] = [];
    const over = (result: Result<Answer, string>) => {
      timer.cancel();
      settle(result);
    };
    const timer = clock.after(ANSWER_MS, () => exchange.cancel());
    const exchange = upstream.send(
      { method: "GET", path, headers, body: undefined },
      {
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
        end: () => over(ok({ status, retryAfter, body: Buffer.concat(chunks) })),
        problem: ({ type }) => over(bytes > ANSWER_BYTES_MAX ? tooLarge(retryAfter) : err(type)),
      },
    );
  });
}

/** No page is this large: an answer that is no JSON. */
function tooLarge(retryAfter: string): Result<Answer, string> {
  return ok({ status: 200, retryAfter, body: Buffer.alloc(0) });
}
