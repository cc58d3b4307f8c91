import { createHash } from "node:crypto";
import { type Config, type ConfigProblem, defaultConfigText, readConfig } from "#config";
import { err, ok, type Result } from "#std";
import { type World } from "#world";

const FILE_BYTES_MAX = 1024 * 1024;
const SECRET_BYTES_MAX = 64 * 1024;
/** Looks in a row that find no file before that is told: one that is being replaced may be gone for a moment. */
const GONE_LOOKS = 4;
const GONE = "gone";

export type ConfigUnread =
  | { readonly type: "no-file"; readonly path: string }
  | { readonly type: "bad-config"; readonly path: string; readonly problems: readonly ConfigProblem[] };

/** Where the configuration comes from: a file, or the usual environment variables where there is none. */
export class ConfigSource {
  readonly path: string | undefined;
  readonly #world: World;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #fallback: string;
  readonly #adjust: (config: Config) => Config;
  #seen = "";
  /** What the last look found: a file that is still being written reads otherwise at the next. */
  #found = "";
  #saysSomething = false;
  #goneLooks = 0;
  #watched: readonly string[] = [];

  constructor(
    world: World,
    options: {
      readonly path: string | undefined;
      readonly env: Readonly<Record<string, string | undefined>>;
      /** Stands in for a file; the demo has one of its own. */
      readonly text?: string;
      /** What the command line says wins over the file, at each reading. */
      readonly adjust: (config: Config) => Config;
    },
  ) {
    this.#world = world;
    this.path = options.path;
    this.#env = options.env;
    this.#adjust = options.adjust;
    this.#fallback = options.text ?? defaultConfigText(options.env);
  }

  read(): Result<Config, ConfigUnread> {
    const secretFiles = new Map<string, string | undefined>();
    const text = this.#text();
    if (text === undefined) {
      this.#seen = GONE;
      return err({ type: "no-file", path: this.path ?? "" });
    }
    // At a start an empty file means all defaults; under running calls it would take every key and provider away.
    if (this.#saysSomething && text.trim() === "") {
      this.#seen = this.#digest(text);
      return err({ type: "bad-config", path: this.path ?? "(none)", problems: [emptied] });
    }
    const config = readConfig(text, {
      env: this.#env,
      readSecretFile: (path) => {
        const secret = this.#readText(path, SECRET_BYTES_MAX);
        secretFiles.set(path, secret);
        return secret;
      },
    });
    this.#seen = digest([text, ...[...secretFiles].flat().map(String)]);
    this.#watched = [...secretFiles.keys()];
    if (!config.ok) return err({ type: "bad-config", path: this.path ?? "(none)", problems: config.error });
    this.#saysSomething = text.trim() !== "";
    return ok(this.#adjust(config.value));
  }

  /**
   * True when the file, or a secret's file, reads otherwise than at the last `read`, and the same at two looks in a row; once
   * too when the file is gone and stays so.
   */
  hasChanged(): boolean {
    const text = this.#text();
    if (text === undefined) {
      this.#goneLooks += 1;
      this.#found = GONE;
      return this.#goneLooks === GONE_LOOKS && this.#seen !== GONE;
    }
    this.#goneLooks = 0;
    const found = this.#digest(text);
    const isSettled = found === this.#found;
    this.#found = found;
    return isSettled && found !== this.#seen;
  }

  #digest(text: string): string {
    return digest([text, ...this.#watched.flatMap((path) => [path, String(this.#readText(path, SECRET_BYTES_MAX))])]);
  }

  #text(): string | undefined {
    return this.path === undefined ? this.#fallback : this.#readText(this.path, FILE_BYTES_MAX + 1);
  }

  #readText(path: string, most: number): string | undefined {
    return this.#world.disk.read(path, 0, most)?.toString("utf8");
  }
}

const emptied: ConfigProblem = {
  code: "empty_file",
  path: "",
  line: 1,
  column: 1,
  message: "the file is empty; write `{}` where all defaults are meant",
};

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
