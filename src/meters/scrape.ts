/** One scrape of one exporter: asked, bounded, and read whole or not at all. */
import { err, ok, type Result } from "#std";
import { type Upstream, type World } from "#world";
import { readExposition } from "./exposition.ts";
import { type ExporterSettings } from "./meters-config.ts";
import { isMetered, type Reading, readReading } from "./reading.ts";

const ANSWER_MS = 8_000;
/** An exporter that hangs must not make the others of its meter late: their readings hold for half a scrape more. */
const ANSWER_SHARE = 3;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const HEADERS = ["accept", "text/plain;version=0.0.4", "accept-encoding", "identity", "user-agent", "tare"];

export class Scraper {
  readonly #world: World;
  readonly #upstream: Upstream;
  readonly #settings: ExporterSettings;
  readonly #answerMs: number;

  /** Its origin must be among those that the network allows. */
  constructor(world: World, { settings, everyMs }: { readonly settings: ExporterSettings; readonly everyMs: number }) {
    this.#world = world;
    this.#settings = settings;
    this.#answerMs = Math.min(ANSWER_MS, Math.floor(everyMs / ANSWER_SHARE));
    this.#upstream = world.network.upstream(settings.origin, { connectTimeoutMs: this.#answerMs });
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }

  /** The error is a sentence without content: what was wrong, and where. Redirects are not followed. */
  async scrape(): Promise<Result<Reading, string>> {
    const answer = await this.#ask();
    return answer.ok ? readAnswer(answer.value, this.#settings) : answer;
  }

  #headers(): readonly string[] {
    const { authorization } = this.#settings;
    return authorization === undefined ? HEADERS : [...HEADERS, "authorization", authorization.reveal()];
  }

  #ask(): Promise<Result<Buffer, string>> {
    const { clock } = this.#world;
    return new Promise((settle) => {
      const chunks: Buffer[] = [];
      let [status, bytes, why] = [0, 0, ""];
      const exchange = this.#upstream.send(
        { method: "GET", path: this.#settings.path, headers: this.#headers(), body: undefined },
        {
          head: (code) => void (status = code),
          data(chunk) {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES_MAX) {
              why = `answered more than ${ANSWER_BYTES_MAX} bytes`;
              exchange.cancel();
            } else chunks.push(chunk);
            return true;
          },
          end: () => finish(status === 200 ? ok(Buffer.concat(chunks)) : err(`answered with status ${status}`)),
          problem: ({ type, detail }) => finish(err(why === "" ? `did not answer (${type}, ${detail})` : why)),
        },
      );
      const timer = clock.after(this.#answerMs, () => {
        why = `did not answer within ${this.#answerMs} ms`;
        exchange.cancel();
      });
      function finish(result: Result<Buffer, string>): void {
        timer.cancel();
        settle(result);
      }
    });
  }
}

/** Of the bytes that an exporter answered with. */
export function readAnswer(bytes: Buffer, { kind }: Pick<ExporterSettings, "kind">): Result<Reading, string> {
  const text = toText(bytes);
  if (text === undefined) return err("answered with what is not UTF-8");
  const samples = readExposition(text, isMetered);
  if (!samples.ok) return err(`line ${samples.error.line} of its answer ${samples.error.detail}`);
  const reading = readReading(samples.value);
  if (typeof reading === "string") return err(reading);
  const isOther = kind !== undefined && !reading.kinds.includes(kind);
  return isOther ? err(`is no ${kind} but ${reading.kinds.join(" and ")}`) : ok(reading);
}

function toText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
