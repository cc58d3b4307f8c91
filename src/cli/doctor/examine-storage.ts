import { forecastStorage } from "#app";
import { type Config } from "#config";
import { type World } from "#world";
import { showBytes } from "../amounts.ts";
import { fine, type Finding, unknown, warning } from "./finding.ts";

/** How large the data folder is, and whether the disk holds a year of it. */
export function examineStorage(
  world: World,
  { folder, config }: { readonly folder: string; readonly config: Pick<Config, "retention" | "journal"> },
): readonly Finding[] {
  const subject = "storage";
  if (world.disk.size(folder) === undefined) return [unknown(subject, `${folder} is not made yet`)];
  const kept = { ledgerMs: config.retention.ledgerMs, packAfterMs: config.journal.packAfterMs };
  const forecast = forecastStorage(world, { folder, kept, now: world.clock.now() });
  const { journalBytes, ledgerBytes, booksBytes, freeBytes, yearBytes, busyYearBytes } = forecast;
  const busy = `${showBytes(busyYearBytes)} at ten million calls a month`;
  const now = `journal ${showBytes(journalBytes)}, ledger ${showBytes(ledgerBytes)}, books ${showBytes(booksBytes)}`;
  if (yearBytes === undefined) return [unknown(subject, `${now}; less than a day is no rate yet. A year has ${busy}`)];
  const says = `${now}; in a year ${showBytes(yearBytes)} at this rate, ${busy}`;
  const grows = yearBytes - journalBytes - ledgerBytes;
  return [
    grows <= freeBytes
      ? fine(subject, says)
      : warning(
          subject,
          `${says}, and ${showBytes(freeBytes)} are free. Give it a larger disk, or set retention.ledger`,
        ),
  ];
}
