import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { realWorld } from "#world";
import { OfficeChild } from "./office-child.ts";

/** An office that says who it is, and at its end how often it was told of uses of keys. */
const PROGRAM = `
let told = 0;
process.on("message", ({ type }) => {
  if (type === "keys-used") told += 1;
  if (type === "stop") process.send({ type: "loaded", bytes: told }, () => process.exit(0));
});
process.send({ type: "loaded", bytes: process.pid });
`;
const TOLD = 2_000;
const uses = Array.from({ length: 100 }, (_, index) => ({ id: `key_${index}` as const, at: 0 as never }));

const isStopped = (pid: number) => / T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

it.runIf(process.platform === "linux")("an office that hangs has no hours of reports waiting for it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-office-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "office.mjs");
  writeFileSync(program, PROGRAM);
  const heard: number[] = [];
  const office = new OfficeChild({
    clock: realWorld().clock,
    log: () => undefined,
    program: pathToFileURL(program),
    opening: () => [],
    onMessage: (message) => void (message.type === "loaded" && heard.push(message.bytes)),
  });
  office.start();
  await expect.poll(() => heard.length).toBe(1);
  const [pid = 0] = heard;
  process.kill(pid, "SIGSTOP");
  await expect.poll(() => isStopped(pid)).toBe(true);
  for (let told = 0; told < TOLD; told += 1) {
    office.send({ type: "keys-used", uses });
    if (told % 100 === 0) await new Promise((later) => void setImmediate(later));
  }
  process.kill(pid, "SIGCONT");
  await office.stop(5_000);
  expect(heard).toHaveLength(2);
  expect(heard[1]).toBeGreaterThan(0);
  expect(heard[1]).toBeLessThan(TOLD / 4);
});
