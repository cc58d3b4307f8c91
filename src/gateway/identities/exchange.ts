import { err, ok, type Result } from "#std";
import { type World } from "#world";
import { fetchSmall, type SmallRequest } from "../fetch-small.ts";

/** For all requests of an exchange together, since calls wait for it. */
const TIMEOUT_MS = 10_000;
const TOKEN_BYTES_MAX = 64 * 1024;
const TOKEN = /^[\x21-\x7e]+$/;

type Asked = Omit<SmallRequest, "url" | "timeoutMs"> & { readonly url: string };

/** What one exchange of an identity for a credential goes through. */
export class Exchange {
  readonly world: World;
  readonly #untilMs: number;

  constructor(world: World) {
    this.world = world;
    this.#untilMs = world.clock.monotonicMs() + TIMEOUT_MS;
  }

  /** The body of an answer with status 200. Redirections are not followed. The error is for logs, and quotes nothing. */
  async fetch({ url, ...asked }: Asked): Promise<Result<string, string>> {
    const timeoutMs = this.#untilMs - this.world.clock.monotonicMs();
    if (timeoutMs <= 0) return err("timeout");
    const answer = await fetchSmall(this.world, { ...asked, url: new URL(url), timeoutMs });
    if (!answer.ok) return answer;
    return answer.value.status === 200 ? ok(answer.value.body) : err(`status ${answer.value.status}`);
  }

  postForm(url: string, form: Readonly<Record<string, string>>, accept = "application/json") {
    const headers = ["content-type", "application/x-www-form-urlencoded", "accept", accept];
    return this.fetch({ method: "POST", url, headers, body: new URLSearchParams(form).toString() });
  }

  /** A token in a file, as it stands there now. */
  readToken(path: string): Result<string, string> {
    const text = this.readFile(path);
    if (!text.ok) return text;
    const token = text.value.trim();
    return TOKEN.test(token) ? ok(token) : err("token file holds no token");
  }

  readFile(path: string): Result<string, string> {
    const bytes = this.world.disk.read(path, 0, TOKEN_BYTES_MAX + 1);
    if (bytes === undefined) return err("token file cannot be read");
    return bytes.length <= TOKEN_BYTES_MAX ? ok(bytes.toString()) : err("token file is too large");
  }
}
