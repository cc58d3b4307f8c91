import { type Command } from "./command.ts";
import { bookReportCommand } from "./commands/book-report.ts";
import { budgetCommands } from "./commands/budget.ts";
import { allocationCommands } from "./commands/allocate.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommands } from "./commands/backup.ts";
import { billsCommand } from "./commands/bills.ts";
import { callsCommand } from "./commands/calls.ts";
import { checkCommand } from "./commands/check.ts";
import { commitmentsCommand } from "./commands/commitments.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { entriesCommand } from "./commands/entries.ts";
import { importCommand } from "./commands/import.ts";
import { importRevenueCommand } from "./commands/import-revenue.ts";
import { exportFocusCommand } from "./commands/export-focus.ts";
import { interactionCommands } from "./commands/interactions.ts";
import { setAsideCommand } from "./commands/journal.ts";
import { keyCommands } from "./commands/key.ts";
import { priceChangeCommands } from "./commands/price-changes.ts";
import { metersCommand } from "./commands/meters.ts";
import { pricesCommand } from "./commands/prices.ts";
import { reconcileCommand } from "./commands/reconcile.ts";
import { roiCommand } from "./commands/roi.ts";
import { settleCommand } from "./commands/settle.ts";
import { sloCommand } from "./commands/slo.ts";
import { spendCommand } from "./commands/spend.ts";
import { statementCommand } from "./commands/statement.ts";
import { statusCommand } from "./commands/status.ts";
import { targetCommand } from "./commands/target.ts";
import { tokenCommands } from "./commands/token.ts";
import { unitCommand } from "./commands/unit.ts";
import { upCommand } from "./commands/up.ts";
import { versionCommand } from "./commands/version.ts";

/** In the order of the help. */
export const commands: readonly Command[] = [
  upCommand,
  demoCommand,
  checkCommand,
  doctorCommand,
  ...keyCommands,
  ...tokenCommands,
  ...budgetCommands,
  spendCommand,
  unitCommand,
  roiCommand,
  ...allocationCommands,
  statementCommand,
  entriesCommand,
  callsCommand,
  ...interactionCommands,
  importCommand,
  importRevenueCommand,
  billsCommand,
  commitmentsCommand,
  metersCommand,
  ...priceChangeCommands,
  pricesCommand,
  settleCommand,
  bookReportCommand,
  reconcileCommand,
  exportFocusCommand,
  sloCommand,
  targetCommand,
  statusCommand,
  auditCommand,
  ...backupCommands,
  setAsideCommand,
  versionCommand,
];
