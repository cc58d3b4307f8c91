import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openDuckDbStore } from "#ledger";

const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
const STORE = { memoryBytes: 256 * 1024 * 1024, threads: 1 };

/** Breaks an invariant while the ledger's database takes 50,000 rows in. */
const PROGRAM = `
import { openDuckDbStore } from ${at("../ledger/index.ts")};
import { dispatched, settled } from ${at("../events/event-examples.ts")};
import { entryOfSettled } from ${at("../ledger/make-entry.ts")};
import { dieAtOnce } from ${at("./die-at-once.ts")};
dieAtOnce(() => true);
const { value: store } = await openDuckDbStore(process.argv[2], ${JSON.stringify(STORE)});
const entries = Array.from({ length: 50_000 }, (_, index) => entryOfSettled(dispatched(String(index)), settled(String(index))));
const stretch = { segment: "n.0.a.000001.journal", from: 0, to: 1, isDone: false, corrupted: 0 };
void store.append({ stretches: [stretch], entries, refusals: [] });
setTimeout(() => { throw new Error("a broken invariant"); }, Number(process.argv[3]));
`;

it.for([5, 40, 80])(
  "an end in the middle of loading, %i ms after it began, is an end, and is said",
  async (delayMs) => {
    const folder = mkdtempSync(join(tmpdir(), "tare-die-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [program, ledger] = [join(folder, "program.mjs"), join(folder, "ledger.duckdb")];
    writeFileSync(program, PROGRAM);
    const child = fork(program, [ledger, String(delayMs)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(said).toContain("a broken invariant");
    const successor = await openDuckDbStore(ledger, STORE);
    expect(successor.ok).toBe(true);
    if (successor.ok) successor.value.close();
  },
);
