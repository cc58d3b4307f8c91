import { type Config } from "#config";

/** Sections that changed and hold from one start to the next. A certificate is renewed while everything runs. */
export function needRestart(before: Config, after: Config): readonly string[] {
  const [was, is] = [sections(before), sections(after)];
  return (["listen", "data", "journal"] as const).filter((name) => was[name] !== is[name]);
}

function sections({ listen, data, journal }: Config) {
  return {
    listen: JSON.stringify({ ...listen, tls: listen.tls !== undefined }),
    data,
    // Packing goes by what is in force.
    journal: JSON.stringify({ ...journal, packAfterMs: undefined }),
  };
}
