import { expect, it } from "vitest";
import { runCommandLine } from "#cli";

async function run(...words: readonly string[]) {
  let out = "";
  let error = "";
  const stdout = { write: (text: string) => void (out += text) };
  const stderr = { write: (text: string) => void (error += text) };
  return { code: await runCommandLine(words, { stdout, stderr, env: {} }), out, error };
}

it("helps with a command that is named behind `help`", async () => {
  expect(await run("help", "spend")).toEqual(await run("spend", "--help"));
  expect(await run("help", "key", "create")).toEqual(await run("key", "create", "--help"));
  expect(await run("help", "spnd")).toMatchObject({
    code: 2,
    error: "tare: unknown command spnd; did you mean spend?\nSee: tare --help\n",
  });
});

it.for(["--port", "--data=/tmp", "-v"])("says that %s stands behind the command", async (option) => {
  const { code, error, out } = await run(option, "up");
  expect([code, out]).toEqual([2, ""]);
  expect(error).toBe(
    `tare: write ${option.replace("=/tmp", "")} behind the command, such as tare spend --last 7d\nSee: tare --help\n`,
  );
});
