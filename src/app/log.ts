import { type World } from "#world";

export type LogLevel = "error" | "warn" | "info";

/** Facts by name; never content, never a secret. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = (level: LogLevel, event: string, facts?: LogFacts) => void;

const weights = { error: 3, warn: 2, info: 1 } as const satisfies Record<LogLevel, number>;

/** One JSON object a line, for events of `from`'s level and above. `write` decides where lines go. */
export function jsonLog(
  world: World,
  {
    process,
    from,
    write,
  }: { readonly process: string; readonly from: () => LogLevel; readonly write: (line: string) => void },
): Log {
  return (level, event, facts) => {
    if (weights[level] < weights[from()]) return;
    const at = new Date(world.clock.now()).toISOString();
    write(`${JSON.stringify({ at, level, process, event, ...facts })}\n`);
  };
}
