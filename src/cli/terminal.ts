/** Where a command writes: results to `out`, everything about the run itself to `error`. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

export const exitCodes = { fine: 0, problem: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Says what was wrong with the command line; exit code 2. */
export function usageProblem(terminal: Terminal, message: string): ExitCode {
  terminal.error(`tare: ${message}\n`);
  return exitCodes.usage;
}

/** Names come from clients: what could move the cursor or turn the writing around is not printed. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}
