import { type Command } from "../command.ts";
import { usageProblem } from "../terminal.ts";
import { placeOptions, readPorts, surroundings } from "./up.ts";

const SPEED_MAX = 1000;

export const demoCommand: Command = {
  name: "demo",
  summary: "Starts everything on simulated providers with a workload, to look around.",
  options: {
    trace: { takes: "FILE", says: "Replays a trace: Azure's CSV or Mooncake's JSON lines; a built-in one by default." },
    speed: { takes: "NUMBER", says: "Times faster than the trace was recorded; 1 by default." },
    ...placeOptions,
  },
  operands: [],
  async run(asked) {
    const { given, terminal } = asked;
    const ports = readPorts(given);
    if (!ports.ok) return usageProblem(terminal, ports.error);
    const speedText = given.one("speed") ?? "1";
    const speed = /^\d{1,4}(\.\d{1,3})?$/.test(speedText) ? Number(speedText) : 0;
    if (speed <= 0 || speed > SPEED_MAX)
      return usageProblem(terminal, `--speed: a number above 0, at most ${SPEED_MAX}`);
    const { runDemo } = await import("#app");
    return runDemo({ trace: given.one("trace"), speed, ...ports.value, ...surroundings(asked) });
  },
};
