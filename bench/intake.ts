/**
 * How many steps a second the intake takes: bodies of OTLP as protobuf, 512 spans of about 1.5 kB with 40 attributes each,
 * packed or not, decoded, split, priced and written to a journal on the disk. One thread; the other core is free for calls.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { type LedgerMemory, Intake, takeTraces } from "#intake";
import { JournalWriter } from "#journal";
import { bundledSeed, ownSkus, PriceBook } from "#pricing";
import { realWorld } from "#world";
import { ATTRIBUTES, makeBodies, renew, SPANS_IN_BODY } from "./span-bodies.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" }, gzip: { type: "boolean" } } });

const nothingBefore: LedgerMemory = {
  async *traces() {
    yield [];
  },
  steps: () => Promise.resolve([]),
  outcome: () => Promise.resolve(undefined),
  calls: () => Promise.resolve([]),
};

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

const BODIES = 40;

const folder = mkdtempSync(join(tmpdir(), "tare-intake-"));
try {
  const world = realWorld();
  const journal = JournalWriter.open({
    disk: world.disk,
    clock: world.clock,
    folder,
    node: "bench",
    thread: 0,
    incarnation: "1",
    fsync: "50ms",
  });
  if (!journal.ok) throw new Error(journal.error.type);
  const book = PriceBook.build({ seed: await bundledSeed(), own: ownSkus(), configured: [] });
  const intake = new Intake({
    clock: world.clock,
    journal: journal.value,
    ledger: nothingBefore,
    disk: world.disk,
    linkFolder: join(folder, "links"),
    prices: () => ({ book, rates: [] }),
  });
  await intake.open();
  const sender = { tenant: "default", key: "key_1", pins: {} };
  const bodies = makeBodies(BODIES);
  let taken = 0;
  let bytes = 0;
  let busyMs = 0;
  // Of all threads of the process: what is left when others use the machine too.
  let cpuMs = 0;
  const memory: number[] = [];
  const until = performance.now() + Number(values.seconds) * 1000;
  for (let round = 0; performance.now() < until; round += 1) {
    const template = bodies[round % BODIES];
    if (template === undefined) throw new Error("no body");
    renew(template, Math.floor(round / BODIES));
    bytes += template.bytes.length;
    const body = values.gzip === true ? gzipSync(template.bytes) : Buffer.from(template.bytes);
    const encoding = values.gzip === true ? "gzip" : undefined;
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const reply = await takeTraces(intake, sender, { bytes: body, mediaType: "application/x-protobuf", encoding });
    busyMs += performance.now() - begun;
    const used = process.cpuUsage(cpu);
    cpuMs += (used.user + used.system) / 1000;
    if (reply.status !== 200) throw new Error(`answered ${reply.status}`);
    taken += SPANS_IN_BODY;
    // The ledger follows at once.
    intake.noteLoaded();
    memory.push(process.memoryUsage().rss);
  }
  const perSecond = (ms: number) => Math.round(taken / (ms / 1000));
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}`);
  console.log(
    `${taken} steps of ${Math.round(bytes / taken)} bytes with ${ATTRIBUTES} attributes${values.gzip === true ? ", gzip" : ""}`,
  );
  console.log(
    `${perSecond(busyMs)} steps/s by the clock; ${perSecond(cpuMs)} by CPU time, ${((cpuMs * 1000) / taken).toFixed(1)} µs each`,
  );
  console.log(`memory at most ${mib(Math.max(...memory))}, at the end ${mib(memory.at(-1) ?? 0)}`);
  journal.value.seal();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
