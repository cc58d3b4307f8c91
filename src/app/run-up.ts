import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { allowedOrigins, type Config } from "#config";
import { ok, type Result, unreachable } from "#std";
import { realWorld, type World } from "#world";
import { ConfigSource, type ConfigUnread } from "./config-source.ts";
import { type DataFolder, type FolderProblem, openDataFolder } from "./data-folder.ts";
import { listenOrigin } from "./listen-origin.ts";
import { jsonLog, type LogLevel } from "./log.ts";
import { type Placed, placeDefaultFolder } from "./place-folder.ts";
import { program } from "./program.ts";
import { GatewayMain } from "./start-gateway.ts";

export interface UpOptions {
  /** Path of tare.yaml; undefined for defaults and the usual environment variables. */
  readonly configPath: string | undefined;
  /** Stands in for a file. */
  readonly configText?: string;
  readonly data: string | undefined;
  /** What the configuration says of the folder where nobody chose one, and where the demo goes when that is a real one. */
  readonly defaultFolders: { readonly data: string; readonly demo: string };
  readonly port: number | undefined;
  readonly controlPort: number | undefined;
  readonly isDemo?: boolean;
  /** The least that is logged, whatever the configuration says. */
  readonly logFrom?: LogLevel;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for people on standard output. */
  readonly say: (line: string) => void;
  /** Structured logs and problems, to standard error. */
  readonly warn: (line: string) => void;
  /** Every problem of a configuration, printed as `tare check` prints them. */
  readonly describeProblems: (unread: ConfigUnread) => string;
  /** Calls are taken from now on. */
  readonly onUp?: (dataPlane: string) => void;
}

export type ExitCode = 0 | 1;

const FAILED = 1;
const RELEASED_WITHIN_MS = 3_000;
const PROBE_AGAIN_MS = 100;
const ANOTHER = "Is another Tare running, or another program there?";
/** Platforms whose kernel spreads connections over listeners that share a port. */
const SHARING_PLATFORMS: ReadonlySet<NodeJS.Platform> = new Set(["linux", "freebsd", "aix", "sunos"]);

/** Runs Tare until it is told to stop; resolves with the exit code. */
export async function runUp(options: UpOptions): Promise<ExitCode> {
  const world = realWorld();
  const source = new ConfigSource(world, {
    path: options.configPath === undefined ? undefined : resolve(options.configPath),
    env: options.env,
    adjust: (config) => withOptions(config, options),
    ...(options.configText === undefined ? {} : { text: options.configText }),
  });
  const read = source.read();
  if (!read.ok) return fail(options, options.describeProblems(read.error));
  const config = read.value;
  for (const path of config.secretsInClear) options.warn(`warning: ${path}: the secret stands in the file in clear\n`);
  const shared = sharedPort(config.listen);
  if (shared !== undefined) return fail(options, shared);
  const folder = openFolder(world, { data: config.data, options });
  if (!folder.ok) return fail(options, describeFolder(folder.error));
  const isShared = SHARING_PLATFORMS.has(process.platform);
  const { port, spans, control } = await probePorts(world, config.listen);
  if (typeof port === "string" || typeof spans === "string" || typeof control === "string") {
    folder.value.release();
    return fail(options, portTaken(config.listen, { port, spans, control }));
  }
  const threads = isShared ? threadCount(config) : 1;
  if (!isShared) options.warn("This platform has no shared listeners: the gateway runs one thread.");
  return keepStanding(() =>
    runGateway(world, {
      ...options,
      source,
      config,
      folder: folder.value,
      threads,
      where: { host: config.listen.host, port, shared: isShared },
    }),
  );
}

interface Prepared extends UpOptions {
  readonly source: ConfigSource;
  readonly config: Config;
  readonly folder: DataFolder;
  readonly threads: number;
  readonly where: { readonly host: string; readonly port: number; readonly shared: boolean };
}

/**
 * No timer of the world keeps a process: with its office and its only thread dead at once, and both soon to be started
 * again, nothing else was left to wait for, and Node ended the gateway.
 */
async function keepStanding<Value>(until: () => Promise<Value>): Promise<Value> {
  const { port1: standing } = new MessageChannel();
  standing.ref();
  try {
    return await until();
  } finally {
    standing.close();
  }
}

function runGateway(world: World, prepared: Prepared): Promise<ExitCode> {
  const { source, config, folder, threads, where, say, warn } = prepared;
  const { otlpPort } = config.listen;
  const dataPlane = listenOrigin({ ...config.listen, host: where.host }, where.port);
  world.network.allow(allowedOrigins(config).ofCalls);
  return new Promise((done) => {
    let isStopping = false;
    let { level } = config.log;
    const logFrom = () => prepared.logFrom ?? level;
    const stopMain = async (code: ExitCode, delayMs: number) => {
      await main.stop({ delayMs, withinMs: config.listen.drainMs });
      done(code);
    };
    const stop = (code: ExitCode, delayMs = 0) => {
      if (isStopping) return;
      isStopping = true;
      void stopMain(code, delayMs);
    };
    const main = new GatewayMain(world, {
      folder,
      source,
      config,
      where,
      threads,
      isDemo: prepared.isDemo === true,
      logFrom,
      log: jsonLog(world, { process: "gateway", from: logFrom, write: warn }),
      programs: {
        thread: program("gateway-thread"),
        office: program("office-process"),
      },
      onUp() {
        say(`data plane  ${dataPlane}`);
        if (otlpPort !== undefined)
          say(`spans       ${listenOrigin({ ...config.listen, host: where.host }, otlpPort)}/v1/traces`);
        prepared.onUp?.(dataPlane);
      },
      onFailed(detail) {
        warn(`${detail}\n`);
        stop(FAILED);
      },
      onOffice({ control, login }) {
        // One write, so that whoever waits for the first line has the link with it.
        const link = login === undefined ? "" : `\nopen        ${control}/#token=${login}`;
        say(`control     ${control}${link}`);
      },
      onConfig: (fresh) => void (level = fresh.log.level),
      onConfigRefused: (problem) =>
        warn(`${prepared.describeProblems(problem)}\nThe configuration in force stays as it was.\n`),
    });
    process.on("SIGTERM", () => stop(0, config.listen.drainDelayMs));
    // At a terminal there is no balancer to wait for.
    process.on("SIGINT", () => stop(0));
    process.on("SIGHUP", () => main.reload());
    main.run();
  });
}

function openFolder(
  world: World,
  { data, options }: { readonly data: string; readonly options: UpOptions },
): Result<DataFolder, FolderProblem> {
  const { defaultFolders } = options;
  const wanted = { path: resolve(data), isDemo: options.isDemo === true };
  const isChosen = options.data !== undefined || data !== defaultFolders.data;
  const aside = resolve(defaultFolders.demo);
  const placed = isChosen ? ok<Placed>(wanted) : placeDefaultFolder(world, { ...wanted, aside });
  if (!placed.ok) return placed;
  const { path, note } = placed.value;
  if (note !== undefined) options.say(note);
  return openDataFolder(world, { ...wanted, path });
}

function withOptions(config: Config, { data, port, controlPort }: UpOptions): Config {
  const listen = {
    ...config.listen,
    port: port ?? config.listen.port,
    controlPort: controlPort ?? config.listen.controlPort,
  };
  return { ...config, listen, data: data ?? config.data };
}

function threadCount({ listen }: Config): number {
  return listen.threads === "auto" ? Math.max(1, availableParallelism() - 1) : listen.threads;
}

/**
 * Two programs can share a `reusePort` port without noticing each other, so the port is first taken alone. Gives the
 * port, or why it cannot be had.
 */
async function probePort(world: World, { host, port }: Config["listen"]): Promise<number | string> {
  const probe = createServer();
  const taken = await world.network.listen(probe, { host, port, shared: false });
  if (!taken.ok) return taken.error.detail;
  await new Promise<void>((done) => void probe.close(() => done()));
  return taken.value.port;
}

/** The office of a gateway that was killed a moment ago may still have it. */
async function probeSoon(world: World, where: Config["listen"]): Promise<number | string> {
  const untilMs = world.clock.monotonicMs() + RELEASED_WITHIN_MS;
  for (;;) {
    const probed = await probePort(world, where);
    if (typeof probed === "number" || world.clock.monotonicMs() > untilMs) return probed;
    await world.clock.sleep(PROBE_AGAIN_MS);
  }
}

/** A file of this is refused when it is read; the command line may bring it about. Undefined when each has its own. */
function sharedPort({ port, controlPort, otlpPort }: Config["listen"]): string | undefined {
  const taken = [port, controlPort, otlpPort ?? 0].filter((each) => each !== 0);
  const twice = taken.find((each, index) => taken.indexOf(each) < index);
  return twice === undefined
    ? undefined
    : `Port ${twice} cannot be had by two listeners. Choose another with --port or --control-port.`;
}

async function probePorts(world: World, listen: Config["listen"]): Promise<Probed> {
  const { otlpPort, controlPort } = listen;
  const port = await probePort(world, listen);
  const spans = otlpPort === undefined ? undefined : await probePort(world, { ...listen, port: otlpPort });
  const control = await keepStanding(() => probeSoon(world, { ...listen, port: controlPort }));
  return { port, spans, control };
}

interface Probed {
  readonly port: number | string;
  readonly spans: number | string | undefined;
  readonly control: number | string;
}

function portTaken({ host, port, otlpPort, controlPort }: Config["listen"], probed: Probed): string {
  const places = [
    [port, probed.port, "Choose one with --port."],
    [otlpPort, probed.spans, "Choose another as listen.otlp_port."],
    [controlPort, probed.control, "Choose one with --control-port."],
  ] as const;
  return places
    .filter(([, why]) => typeof why === "string")
    .map(([which, why, how]) => `Port ${which} of ${host} cannot be used (${why}). ${ANOTHER} ${how}`)
    .join("\n");
}

/** What the system's usual words for a folder mean. */
const reasons: Readonly<Record<string, string>> = {
  EROFS: "its disk is read-only (EROFS)",
  EACCES: "this user may not write there (EACCES)",
  EPERM: "this user may not write there (EPERM)",
  EEXIST: "a file has this name (EEXIST)",
  ENOTDIR: "a file stands in its path (ENOTDIR)",
};

function describeFolder(problem: FolderProblem): string {
  switch (problem.type) {
    case "folder-held":
      return `The folder ${problem.path} is in use by another Tare. Stop that one, or choose another folder with --data.`;
    case "folder-is-demo":
      return `The folder ${problem.path} holds simulated numbers of \`tare demo\`. Choose another with --data, or remove it.`;
    case "folder-is-real":
      return `The folder ${problem.path} holds real numbers; the demo does not mix its own in. Choose another with --data.`;
    case "folder-newer":
      return `folder_newer: ${problem.path} was written by a newer Tare (journal format ${problem.version}). Start that version, or restore a backup from before the upgrade; nothing was changed.`;
    case "disk-full":
      return `The disk of ${problem.path} is full.`;
    case "disk-failed":
      return `The folder ${problem.path} cannot be used: ${reasons[problem.code] ?? problem.code}. Choose another with --data.`;
    default:
      return unreachable(problem);
  }
}

function fail({ warn }: UpOptions, message: string): ExitCode {
  warn(`${message}\n`);
  return FAILED;
}
