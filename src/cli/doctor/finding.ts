/** One thing that was looked at, before a start or beside a running Tare. */
export interface Finding {
  readonly state: "fine" | "warning" | "problem" | "unknown";
  readonly subject: string;
  /** What was seen, and what to do about it where something is. */
  readonly says: string;
}

export function fine(subject: string, says: string): Finding {
  return { state: "fine", subject, says };
}

export function warning(subject: string, says: string): Finding {
  return { state: "warning", subject, says };
}

export function problem(subject: string, says: string): Finding {
  return { state: "problem", subject, says };
}

/** It could not be looked at; that is not the same as being fine. */
export function unknown(subject: string, says: string): Finding {
  return { state: "unknown", subject, says };
}
