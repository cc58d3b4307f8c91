import { type World } from "#world";

export type LogLevel = "error" | "warn" | "info";

/** Facts by name; never content, never a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = (level: LogLevel, event: string, facts?: LogFacts) => void;

/** One JSON object a line. `write` decides where lines go. */
export function jsonLog(world: World, process: string, write: (line: string) => void): Log {
  return (level, event, facts) => {
    const at = new Date(world.clock.now()).toISOString();
    write(`${JSON.stringify({ at, level, process, event, ...facts })}\n`);
  };
}
