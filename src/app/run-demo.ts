import { type ChildProcess, fork } from "node:child_process";
import { type FromDemo, type ToDemo } from "./link.ts";
import { program } from "./program.ts";
import { openTrace } from "#demo";
import { realWorld } from "#world";
import { type ExitCode, runUp, type UpOptions } from "./run-up.ts";

export interface DemoOptions extends Omit<UpOptions, "configPath" | "configText" | "isDemo" | "onUp"> {
  /** A trace to replay instead of the built-in workload. */
  readonly trace: string | undefined;
  readonly speed: number;
}

const FAILED = 1;

/** Everything on simulated providers, with a workload; resolves with the exit code when it is told to stop. */
export async function runDemo(options: DemoOptions): Promise<ExitCode> {
  const { say, warn, trace, speed } = options;
  const opened = trace === undefined ? undefined : openTrace(realWorld().disk, trace);
  if (opened?.ok === false) {
    warn(`The trace ${opened.error.path} cannot be replayed: ${describeTrace(opened.error.type)}\n`);
    return FAILED;
  }
  const child = fork(program("demo-process"), {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const first = await firstMessage(child);
  if (first?.type !== "providers") {
    warn("The simulated providers could not be started; see above.\n");
    return FAILED;
  }
  child.on("message", (message: FromDemo) => hear(message, { say, warn }));
  say("The providers are simulated: calls, tokens and latencies are invented, and no number is a real bill.");
  const code = await runUp({
    ...options,
    configPath: undefined,
    configText: first.configText,
    env: { ...options.env, ...first.secrets },
    isDemo: true,
    // Faults of the simulated providers are the demo's own doing; its pages show them.
    logFrom: "error",
    onUp(dataPlane) {
      child.send({ type: "start", baseUrl: dataPlane, trace, speed } satisfies ToDemo);
    },
  });
  child.kill();
  return code;
}

function describeTrace(problem: "trace-missing" | "trace-not-known"): string {
  return problem === "trace-missing"
    ? "there is no such file."
    : "it is neither Azure's CSV (TIMESTAMP,ContextTokens,GeneratedTokens) nor Mooncake's JSON lines.";
}

function firstMessage(child: ChildProcess): Promise<FromDemo | undefined> {
  return new Promise((resolve) => {
    child.once("message", (message: FromDemo) => resolve(message));
    child.once("exit", () => resolve(undefined));
  });
}

function hear(message: FromDemo, { say, warn }: Pick<DemoOptions, "say" | "warn">): void {
  switch (message.type) {
    case "providers":
      return;
    case "bad-line":
      return warn(`A line of the trace was left out: ${message.detail}\n`);
    case "failed":
      return warn(`The trace cannot be replayed: ${message.detail}\n`);
    case "finished":
      return say(`The trace was replayed to its end: ${message.progress}`);
  }
}
