/** The program of a gateway thread: one gateway on the shared port, its own journal, and the way back to the main thread. */
import { createSecretKey } from "node:crypto";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { allowedOrigins } from "#config";
import { Gateway } from "#gateway";
import { JournalWriter } from "#journal";
import { wireFormats } from "#providers";
import { assert } from "#std";
import { realWorld, type World } from "#world";
import { AnswerClaims } from "./answer-claims.ts";
import { compileSealed } from "./compile.ts";
import { type FromThread, type ThreadOpening, type ToThread } from "./link.ts";

const REPORT_EVERY_MS = 1000;

assert(parentPort !== null, "a gateway thread has a main thread");
await runThread(realWorld(), parentPort, workerData);

async function runThread(world: World, main: MessagePort, opening: ThreadOpening): Promise<void> {
  const tell = (message: FromThread) => main.postMessage(message);
  const { config, snapshot } = await compileSealed(opening.config);
  world.network.allow(allowedOrigins(config));
  const journal = JournalWriter.open({
    disk: world.disk,
    clock: world.clock,
    folder: opening.journalFolder,
    node: opening.node,
    thread: opening.thread,
    incarnation: String(opening.incarnation),
    fsync: config.journal.fsync,
    segmentBytes: config.journal.segmentBytes,
  });
  if (!journal.ok) {
    tell({ type: "failed", detail: `the journal cannot be written: ${journal.error.type}` });
    return;
  }
  const claims = new AnswerClaims((claim, answer) => tell({ type: "claim", claim, answer }));
  const gateway = new Gateway({
    world,
    log: (level, event, facts) => tell({ type: "log", level, event, facts }),
    formats: wireFormats,
    journal: journal.value,
    snapshot,
    pepper: createSecretKey(Buffer.from(opening.pepper, "hex")),
    pins: { tell: (pin) => tell({ type: "pin", pin }), claim: (answer) => claims.ask(answer) },
    threads: opening.threads,
    limits: config.limits,
  });
  gateway.applyKeys({ type: "keys-put", records: opening.keys });
  for (const pin of opening.pins) gateway.learnPin(pin);
  main.on("message", (message: ToThread) => void obey(message));
  const listening = await world.network.listen(gateway.server, opening.where);
  if (!listening.ok) {
    tell({
      type: "failed",
      detail: `cannot listen on ${opening.where.host}:${opening.where.port}: ${listening.error.detail}`,
    });
    return;
  }
  const reports = world.clock.every(REPORT_EVERY_MS, report);
  tell({ type: "up" });

  function report(): void {
    tell({ type: "report", connections: gateway.connections, metrics: gateway.metrics() });
    const uses = gateway.takeKeyUses();
    if (uses.length > 0) tell({ type: "keys-used", uses });
  }

  async function obey(message: ToThread): Promise<void> {
    switch (message.type) {
      case "config": {
        const compiled = await compileSealed(message.config);
        world.network.allow(allowedOrigins(compiled.config));
        gateway.swap(compiled.snapshot);
        return;
      }
      case "keys":
        return gateway.applyKeys(message.delta);
      case "pin":
        return gateway.learnPin(message.pin);
      case "claimed":
        return claims.answered(message.claim, message.isGranted);
      case "admission":
        return gateway.admit(message.isOpen);
      case "shed":
        return gateway.shed();
      case "drain":
        return drain(message.withinMs);
    }
  }

  async function drain(withinMs: number): Promise<void> {
    await gateway.drain(withinMs);
    reports.cancel();
    report();
    assert(journal.ok, "a thread that runs has its journal");
    const sealed = journal.value.seal();
    if (!sealed.ok)
      tell({ type: "log", level: "error", event: "journal-not-sealed", facts: { problem: sealed.error.type } });
    tell({ type: "drained" });
    main.close();
  }
}
