import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

const program = `
  import { readdirSync, readFileSync } from "node:fs";
  import { lowerPriority } from "${new URL("./lower-priority.ts", import.meta.url).href}";
  lowerPriority(7);
  const NICE = 16;
  const niceOf = (thread) => {
    const stat = readFileSync(\`/proc/self/task/\${thread}/stat\`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[NICE];
  };
  console.log(readdirSync("/proc/self/task").map(niceOf).join(" "));
`;

it.runIf(process.platform === "linux")("every thread of a process stands behind those of others, V8's own too", () => {
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  const priorities = said.trim().split(" ");
  expect(priorities.length).toBeGreaterThan(2);
  expect(new Set(priorities)).toEqual(new Set(["7"]));
});
