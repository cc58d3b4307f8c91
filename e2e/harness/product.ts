/** Runs the product as a user would: its own process, its own folder, driven through its listeners and its files. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type CreatedKey, type Status } from "#contract";
import { busyness } from "./faults.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Of build-program.ts. */
const BUILT = process.env["TARE_E2E_BUILT"];
/** For `node PROGRAM up` and the other commands. */
export const PROGRAM = BUILT === undefined ? join(ROOT, "bin/tare.ts") : join(BUILT, "bin/tare.js");
/** What Node has compiled of it, for the next start of the many. */
const COMPILED = BUILT === undefined ? join(ROOT, "node_modules/.cache/tare-e2e") : join(BUILT, "compiled");
const START_MS = 45_000;
const BOOKED_MS = 60_000;

export interface ProductOptions {
  /** tare.yaml without `listen` and `data`. */
  readonly config: string;
  /** Kept when given; otherwise made, and removed by `remove`. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly threads?: number;
  /** The file that is run; `PROGRAM` when not given. */
  readonly program?: string;
  /** Ports of an earlier run, so that clients find it again; 0 for any. */
  readonly port?: number;
  readonly controlPort?: number;
  /** More fields of the section `listen`. */
  readonly listen?: string;
}

export class Product {
  readonly folder: string;
  dataPlane = "";
  control = "";
  /** The one-time link that was printed. */
  link = "";
  /** Everything it wrote to its two streams. */
  output = "";
  readonly #options: ProductOptions;
  #child: ChildProcess | undefined;
  #exit: Promise<number | string> = Promise.resolve(0);
  /** All that it and its children wrote has been read: later than its end. */
  #read: Promise<unknown> = Promise.resolve();

  constructor(options: ProductOptions) {
    this.#options = options;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), "tare-e2e-"));
  }

  get dataFolder(): string {
    return join(this.folder, "tare-data");
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("not running");
    return pid;
  }

  /** The office is the only child of the gateway process that is a Node process of its own. */
  get officePid(): number | undefined {
    const children = readIfThere(`/proc/${this.pid}/task/${this.pid}/children`).trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  }

  async start({ waitForOffice = true }: { waitForOffice?: boolean } = {}): Promise<this> {
    const file = join(this.folder, "tare.yaml");
    const { config, threads = 1, port = 0, controlPort = 0, program = PROGRAM } = this.#options;
    const more = this.#options.listen === undefined ? "" : `, ${this.#options.listen}`;
    const listen = `listen: { host: 127.0.0.1, port: ${portOf(this.dataPlane) ?? port}, control_port: ${portOf(this.control) ?? controlPort}, threads: ${threads}${more} }\n`;
    writeFileSync(file, `${listen}data: ${JSON.stringify(this.dataFolder)}\n${config}`);
    const child = spawn(process.execPath, [program, "up", "--config", file], {
      cwd: this.folder,
      env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: COMPILED, ...this.#options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#exit = new Promise((done) => void child.once("exit", (code, signal) => done(signal ?? code ?? -1)));
    this.#read = new Promise((done) => void child.once("close", done));
    const from = this.output.length;
    const collect = (chunk: Buffer) => void (this.output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const seen = () => this.output.slice(from);
    await until(async () => {
      if (child.exitCode !== null) {
        await this.#read;
        throw new Error(`tare up ended with ${child.exitCode}:\n${seen()}`);
      }
      return /^data plane +http\S+\n/m.test(seen()) && (!waitForOffice || /^open +http\S+\n/m.test(seen()));
    }, `tare up is ready; it said:\n${seen()}`);
    this.dataPlane = /^data plane +(http\S+)/m.exec(seen())?.[1] ?? "";
    this.control = /^control +(http\S+)/m.exec(seen())?.[1] ?? this.control;
    this.link = /^open +(http\S+)/m.exec(seen())?.[1] ?? this.link;
    return this;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | string> {
    this.#child?.kill(signal);
    return this.#exit;
  }

  /** Ends it as an operator would and gives its exit code. */
  async stop(): Promise<number | string> {
    const code = await this.kill("SIGTERM");
    await this.#read;
    return code;
  }

  /** Resolves when it has written this: what it writes is read a moment after what it answers. */
  async says(text: string | RegExp): Promise<void> {
    const isSaid = () => (typeof text === "string" ? this.output.includes(text) : text.test(this.output));
    await until(isSaid, `it writes ${text}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get adminToken(): string {
    return readFileSync(join(this.dataFolder, "secrets", "admin-token"), "utf8").trim();
  }

  async api<Answer>(path: string, init: { method?: string; body?: unknown } = {}): Promise<Answer> {
    const response = await fetch(`${this.control}/api/v1${path}`, {
      method: init.method ?? "GET",
      headers: { authorization: `Bearer ${this.adminToken}`, "content-type": "application/json" },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async createKey(pins: Readonly<Record<string, unknown>> = {}): Promise<CreatedKey> {
    return this.api<CreatedKey>("/keys", { method: "POST", body: pins });
  }

  /** Resolves when everything that has ended by now is in the ledger. */
  async waitUntilBooked(): Promise<void> {
    const now = Date.now();
    const isBooked = async () => Date.parse((await this.api<Status>("/status")).journal.booked_until) > now;
    await until(isBooked, "everything is booked", BOOKED_MS);
  }

  /** Every file of the data folder, for canaries. */
  files(): readonly string[] {
    return readdirSync(this.dataFolder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name));
  }
}

/** `withinMs`: on a machine that has nothing else to do. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  withinMs: number = START_MS,
): Promise<void> {
  const end = performance.now() + withinMs * busyness();
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((done) => void setTimeout(done, 25));
  }
}

function portOf(url: string): string | undefined {
  return url === "" ? undefined : new URL(url).port;
}

/** Nothing of a process that is gone. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}
