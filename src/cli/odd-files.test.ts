/** Paths of a configuration that are no files. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommandLine } from "#cli";

const folder = mkdtempSync(join(tmpdir(), "tare-odd-"));
const pipe = join(folder, "pipe");
execFileSync("mkfifo", [pipe]);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...words: readonly string[]) {
  let said = "";
  const stream = { write: (text: string) => void (said += text) };
  const code = await runCommandLine(words, { stdout: stream, stderr: stream, env: {} });
  return { code, said };
}

describe("a path that is no file", () => {
  it("is read to its end by `tare check` where it is a pipe", async () => {
    const writer = spawn("sh", ["-c", `printf 'lsten: {}' > ${pipe}`]);
    const { code, said } = await run("check", pipe);
    expect(said).toContain(`${pipe}:1:1  lsten: unknown field; did you mean listen?\n`);
    expect(code).toBe(1);
    await once(writer, "exit");
  });

  it("is no configuration where it is a folder", async () => {
    expect(await run("check", folder)).toEqual({ code: 1, said: `tare: there is no file ${folder}\n` });
  });

  it.for([pipe, folder])("is not started with, since it cannot be read again: %s", async (path) => {
    const says = `tare: ${path} is a folder or a pipe; write a file, which is read again as it changes\n`;
    expect(await run("up", "--config", path)).toEqual({ code: 2, said: says });
  });
});
