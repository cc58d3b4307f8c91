import { type Config } from "#config";

const DAY_MS = 86_400_000;
/** Certificates of public authorities last 90 days and less, and are renewed a month before. */
const SOON_MS = 14 * DAY_MS;

/** The certificate of a configuration as a listener takes it; undefined for plain HTTP. */
export function tlsIdentity({ listen: { tls } }: Pick<Config, "listen">) {
  return tls === undefined ? undefined : { cert: tls.cert, key: tls.key.reveal() };
}

/** What to log of a certificate whose time is over, has not come, or ends within a fortnight. */
export function certificateNews(
  { listen: { tls } }: Pick<Config, "listen">,
  nowMs: number,
): { readonly level: "error" | "warn"; readonly event: string; readonly validTo: string } | undefined {
  if (tls === undefined) return undefined;
  const validTo = new Date(tls.validTo).toISOString();
  if (nowMs >= tls.validTo) return { level: "error", event: "certificate-expired", validTo };
  if (nowMs < tls.validFrom) return { level: "error", event: "certificate-not-yet-valid", validTo };
  return nowMs >= tls.validTo - SOON_MS ? { level: "warn", event: "certificate-expires-soon", validTo } : undefined;
}
