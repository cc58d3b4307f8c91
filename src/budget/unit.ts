/** What a limit counts, and how much of it one attempt takes. */

export const units = ["USD", "requests", "tokens", "concurrent"] as const;
export type Unit = (typeof units)[number];
