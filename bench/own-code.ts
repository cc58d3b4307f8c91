/**
 * What a call takes of the gateway's own code, without the system's network and Node's streams: sockets are objects that hand
 * bytes over. On a noisy machine only what runs in turn can be compared, and V8 compiles the same code a little differently in each
 * process: `--against` starts each of two clones four times and lets all of them make a burst of calls in turn.
 *
 *     node bench/own-code.ts [--hit] [--headers 0] [--calls 20000] [--rounds 9]
 *     node bench/own-code.ts --against OTHER_CLONE [--calls 2000] [--rounds 40]
 */
import { type ChildProcess, fork } from "node:child_process";
import { createSecretKey } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { askBody, wholeAnswer } from "./gateway/canned.ts";

const { values } = parseArgs({
  options: {
    against: { type: "string" },
    calls: { type: "string", default: "20000" },
    rounds: { type: "string", default: "9" },
    headers: { type: "string", default: "0" },
    hit: { type: "boolean", default: false },
  },
});
const CLIENTS = 32;
const WARM_UP = 60_000;
const PROCESSES = 4;
const KEY = "tare-bench-key-0123456789";

class HandedSocket extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  writableNeedDrain = false;
  taken: (bytes: Buffer) => void = () => undefined;

  write(bytes: Buffer | string): boolean {
    this.taken(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return true;
  }

  destroy(): this {
    if (!this.destroyed) setImmediate(() => this.emit("close"));
    this.destroyed = true;
    return this;
  }

  end(): this {
    return this.destroy();
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
}

/** What is handed over in the next turn of the event loop. */
let due: (() => void)[] = [];
const folder = mkdtempSync(join(tmpdir(), "tare-bench-own-code-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

if (values.against === undefined) await (process.send === undefined ? measure() : serve());
else await compare(resolve(values.against));

async function measure(): Promise<void> {
  const run = await startGateway();
  const rounds: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await burst(run, Number(values.calls)));
  const [least = NaN] = rounds.toSorted((left, right) => left - right);
  console.log(`${least.toFixed(1)} µs a call at least, ${middleOf(rounds).toFixed(1)} in the middle round`);
  process.exit(0);
}

/** For a comparison: makes so many calls when asked, and tells what one took. */
async function serve(): Promise<void> {
  const run = await startGateway();
  process.on("message", (calls: number) => void burst(run, calls).then((micros) => process.send?.(micros)));
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}

async function compare(other: string): Promise<void> {
  const options = [...(values.hit ? ["--hit"] : []), "--headers", values.headers];
  const children: { readonly clone: string; readonly child: ChildProcess; readonly micros: number[] }[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    for (const clone of index % 2 === 0 ? [other, "."] : [".", other]) {
      const cwd = resolve(import.meta.dirname, "..", clone);
      const child = fork(join(cwd, "bench/own-code.ts"), options, { cwd });
      await once(child, "message");
      children.push({ clone, child, micros: [] });
    }
  }
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { child, micros } of round % 2 === 0 ? children : children.toReversed()) {
      child.send(Number(values.calls));
      const [one] = (await once(child, "message")) as [number];
      micros.push(one);
    }
  }
  const levels = (clone: string) => children.filter((one) => one.clone === clone).map(({ micros }) => middleOf(micros));
  for (const clone of [other, "."])
    console.log(
      clone,
      levels(clone)
        .map((micros) => micros.toFixed(1))
        .join(" "),
      "µs",
    );
  const sum = (clone: string) => levels(clone).reduce((all, micros) => all + micros, 0);
  console.log(`this clone takes × ${(sum(".") / sum(other)).toFixed(3)} of the other`);
  for (const { child } of children) child.disconnect();
}

type Run = (calls: number) => Promise<void>;

/** µs of this thread for a call. */
async function burst(run: Run, calls: number): Promise<number> {
  const before = process.threadCpuUsage();
  await run(calls);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / calls;
}

function middleOf(list: readonly number[]): number {
  return list.toSorted((left, right) => left - right)[Math.floor(list.length / 2)] ?? NaN;
}

async function startGateway(): Promise<Run> {
  // As for a thread of the product.
  for (const flag of ["--no-allocation-site-pretenuring", "--no-parallel-scavenge"]) setFlagsFromString(flag);
  for (const flag of ["--max-inlined-bytecode-size=1000", "--max-inlined-bytecode-size-cumulative=2500"])
    setFlagsFromString(flag);
  connectToAnswers();
  const gateway = await openGateway();
  const bytes = requestBytes();
  let left = 0;
  let answered = 0;
  const ask = (socket: HandedSocket) => {
    left -= 1;
    due.push(() => socket.emit("data", Buffer.from(bytes)));
  };
  const connect = (): HandedSocket => {
    const socket = new HandedSocket();
    socket.taken = (answer) => {
      if (answer.toString("latin1", 0, 12) !== "HTTP/1.1 200") throw new Error(answer.toString("latin1", 0, 800));
      answered += 1;
      if (left > 0) ask(socket);
    };
    gateway.server.emit("connection", socket);
    return socket;
  };
  const clients = Array.from({ length: CLIENTS }, connect);
  const run: Run = (calls) =>
    new Promise((over) => {
      left = calls;
      answered = 0;
      // Those that were idle for long were closed meanwhile.
      for (const [index, client] of clients.entries()) if (client.destroyed) clients[index] = connect();
      clients.forEach(ask);
      const turn = () => {
        const now = due;
        due = [];
        for (const one of now) one();
        if (answered >= calls) over();
        else setImmediate(turn);
      };
      setImmediate(turn);
    });
  await run(WARM_UP);
  return run;
}

/** Every connection out leads to something that answers in the next turn. */
function connectToAnswers(): void {
  const body = wholeAnswer();
  const head = ["HTTP/1.1 200 OK", "content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  const answer = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  net.connect = (({ onread }: { onread: net.OnReadOpts }) => {
    const socket = new HandedSocket();
    const [room] = [onread.buffer].flat();
    if (!(room instanceof Uint8Array)) throw new Error("answers are read into one room");
    socket.taken = () =>
      void due.push(() => {
        room.set(answer);
        onread.callback(answer.length, room);
      });
    setImmediate(() => socket.emit("connect"));
    return socket;
  }) as unknown as typeof net.connect;
  syncBuiltinESMExports();
}

function requestBytes(): Buffer {
  const model = values.hit ? "kept" : "gpt-4o-mini";
  const body = JSON.stringify({ ...(JSON.parse(askBody("whole")) as object), model });
  const more = Array.from({ length: Number(values.headers) }, (_, index) => `x-header-${index}: the value of ${index}`);
  const head = ["POST /v1/chat/completions HTTP/1.1", "host: 127.0.0.1", `authorization: Bearer ${KEY}`, ...more];
  const last = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.from(`${[...head, ...last].join("\r\n")}\r\n\r\n${body}`);
}

async function openGateway() {
  // Only now: whoever imports `connect` of `node:net` before it was replaced keeps the real one.
  const [{ Gateway }, { KeyDigester }, { JournalWriter }, { bundledSeed, ownSkus, PriceBook }] = await Promise.all([
    import("#gateway"),
    import("#access"),
    import("#journal"),
    import("#pricing"),
  ]);
  const [{ wireFormats }, { instant, Secret }, { realWorld }] = await Promise.all([
    import("#providers"),
    import("#units"),
    import("#world"),
  ]);
  const world = realWorld();
  const provider = {
    name: "openai",
    format: "openai",
    origin: "http://127.0.0.1:1",
    basePath: "/v1",
    apiKey: new Secret("sk-bench"),
    prices: "openai",
    region: undefined,
    onClientGone: "cancel",
    trace: false,
    streamUsage: true,
  } as const;
  const timeouts = { connectMs: 10_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 };
  const direct = { retries: 0, timeouts, maxOutputTokens: undefined, holdCeiling: undefined, defaults: {} };
  const targets = [{ provider, model: "gpt-4o-mini" }];
  const routes = new Map([["kept", { ...direct, name: "kept", targets, cache: { exactMs: 3_600_000, tools: false } }]]);
  const seed = (await bundledSeed()).filter(({ id }) => id === "openai");
  const configured = [{ provider: "openai", prices: "openai", rates: {} }];
  const prices = PriceBook.build({ seed, own: ownSkus(), configured });
  const pepper = createSecretKey(Buffer.alloc(32, 1));
  const opening = { folder, node: "bench", thread: 1, incarnation: "1", fsync: "50ms" } as const;
  const journal = JournalWriter.open({ disk: world.disk, clock: world.clock, ...opening });
  if (!journal.ok) throw new Error(journal.error.type);
  world.network.allow([provider.origin]);
  const gateway = new Gateway({
    world,
    snapshot: {
      revision: "bench",
      table: { providers: [provider], routes, direct },
      prices,
      refusalStatus: 402,
      logsCalls: false,
    },
    pepper,
    formats: wireFormats,
    threads: 1,
    log: (_, event, facts) => console.error(event, facts),
    journal: journal.value,
    pins: { tell: () => undefined, claim: () => Promise.resolve(true) },
    limits: { lagMsMax: 10_000 },
  });
  const digest = new KeyDigester(pepper).digest(new Secret(KEY));
  const known = { id: "key_bench", name: "bench", team: "bench", feature: "bench", digest, hint: "…" } as const;
  gateway.applyKeys({ type: "keys-put", records: [{ ...known, origin: "config", createdAt: instant(0) }] });
  return gateway;
}
