import { err, ok, type Result } from "#std";

/** When something ends: after a span from now, or at a time; nothing where nothing is said. */
export function readExpiry(text: string | undefined, nowMs: number): Result<{ readonly expires_at?: string }, string> {
  if (text === undefined) return ok({});
  const span = spanMs(text);
  const at = span === undefined ? Date.parse(text) : nowMs + span;
  const isTime = span !== undefined || /^\d{4}-\d{2}-\d{2}T/.test(text);
  return isTime && !Number.isNaN(at)
    ? ok({ expires_at: new Date(at).toISOString() })
    : err(`--expires: write 30d, 12h or a time such as 2027-01-31T00:00:00Z in place of ${text}`);
}

const SPAN_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Minutes, hours or days in milliseconds; undefined for anything else. */
export function spanMs(text: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,5})(m|h|d)$/.exec(text) ?? [];
  const unitMs = Object.entries(SPAN_MS).find(([name]) => name === unit)?.[1];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}
