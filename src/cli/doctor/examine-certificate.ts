import { type Config } from "#config";
import { type Instant } from "#units";
import { fine, type Finding, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
// Those who renew by machine do it thirty days before: under three weeks the machine has failed.
const LEFT_DAYS_FINE = 21;

/** How long the listeners' certificate is good; one that is over is a problem of the configuration before this. */
export function examineCertificate({ listen: { tls } }: Config, now: Instant): readonly Finding[] {
  if (tls === undefined) return [];
  const days = Math.floor((tls.validTo - now) / DAY_MS);
  const says = `good until ${new Date(tls.validTo).toISOString()}, ${days} ${days === 1 ? "day" : "days"} from now`;
  return [
    days >= LEFT_DAYS_FINE
      ? fine("certificate", says)
      : warning("certificate", `${says}; renew it, its files are read again when they change`),
  ];
}
