/** A line of the journal that this version cannot read: who tells of it, and the way on. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { type SpendAnswer, type Status } from "#contract";
import { PROGRAM, until } from "./harness/product.ts";
import { type Stage, setStage } from "./harness/stage.ts";

let stage: Stage | undefined;
afterAll(() => stage?.strike());

const strange = (() => {
  const text = '{"type":"step-dreamt"}';
  return Buffer.from(`${text}\t${crc32(text).toString(16).padStart(8, "0")}\n`);
})();

it("names the file and the byte, and goes on when the line was set aside, with the gap beside the totals", async () => {
  stage = await setStage({ threads: 1 });
  const { product } = stage;
  const { secret } = await product.createKey({ name: "load" });
  const call = () =>
    fetch(`${product.dataPlane}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Go." }] }),
    }).then((response) => response.text());
  const tare = (...words: string[]) =>
    spawnSync(process.execPath, [PROGRAM, ...words, "--data", product.dataFolder], {
      encoding: "utf8",
      env: { TARE_URL: product.control },
    });
  const spend = async () => {
    const query = `by=model&from=2020-01-01T00:00:00Z&to=${new Date(Date.now() + 60_000).toISOString()}`;
    return product.api<SpendAnswer>(`/spend?${query}`);
  };
  const journal = join(product.dataFolder, "journal");

  for (let index = 0; index < 3; index += 1) await call();
  expect(await product.stop()).toBe(0);
  // A ledger that has the segment already would not read it again.
  rmSync(join(product.dataFolder, "ledger.duckdb"));
  const [segment = ""] = readdirSync(journal).filter((file) =>
    readFileSync(join(journal, file), "utf8").includes("attempt-settled"),
  );
  const bytes = readFileSync(join(journal, segment));
  const at = bytes.lastIndexOf("\n", bytes.lastIndexOf("attempt-settled")) + 1;
  writeFileSync(join(journal, segment), Buffer.concat([bytes.subarray(0, at), strange, bytes.subarray(at)]));

  await product.start();
  await until(async () => (await product.api<Status>("/status")).journal.held !== undefined, "the status tells");
  expect((await product.api<Status>("/status")).journal.held).toEqual([
    { segment, at_byte: at, problem: "unreadable_line", detail: "unknown event step-dreamt" },
  ]);
  const metrics = await (await fetch(`${product.control}/metrics`)).text();
  expect(metrics).toContain(`tare_journal_held_at_byte{segment="${segment}",problem="unreadable_line"} ${at}\n`);
  const told = tare("status").stdout;
  expect(told).toContain(`${segment} at byte ${at}: unreadable_line (unknown event step-dreamt)`);
  expect(told).toContain("tare journal set-aside");
  expect((await spend()).total.attempts).toBe(2);
  expect(tare("journal", "set-aside", segment, `${at}`)).toMatchObject({ status: 1 });

  expect(await product.stop()).toBe(0);
  expect(tare("journal", "set-aside", segment, `${at + 1}`)).toMatchObject({ status: 1 });
  expect(tare("journal", "set-aside", segment, `${at}`)).toMatchObject({ status: 0, stderr: "" });
  expect(readFileSync(join(product.dataFolder, "set-aside", `${segment}.${at}`))).toEqual(strange);

  await product.start();
  await product.waitUntilBooked();
  const status = await product.api<Status>("/status");
  expect(status.journal.held).toBeUndefined();
  expect(status.journal).toMatchObject({ torn_lines: 1, set_aside: 1 });
  const answer = await spend();
  expect(answer.total.attempts).toBe(3);
  expect(answer.lines_left_out).toBe(1);
  expect(tare("spend").stdout).toContain("Not in it: what 1 damaged line of the journal said");
  expect(tare("spend", "--csv").stderr).toContain("tare: not in it: what 1 damaged line of the journal said");
});
