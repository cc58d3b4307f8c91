import { latestPriceCheck } from "#app";
import { type Config } from "#config";
import { type Instant } from "#units";
import { fine, type Finding, unknown, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
// Providers change a price or add a model about every month; a release of Tare brings a new book.
const AGE_DAYS_FINE = 60;

/** How long ago the newest price of the bundled book was compared with its source. */
export async function examinePrices(config: Config, now: Instant): Promise<Finding> {
  const subject = "price book";
  const checked = await latestPriceCheck(config);
  if (checked === undefined) return unknown(subject, "no row says when it was checked");
  const days = Math.floor((now - Date.parse(checked)) / DAY_MS);
  const says = `checked against its sources on ${checked}, ${days} days ago`;
  return days <= AGE_DAYS_FINE
    ? fine(subject, says)
    : warning(
        subject,
        `${says}; prices may have changed since: take a newer release, or set \`rates\` for what you use`,
      );
}
