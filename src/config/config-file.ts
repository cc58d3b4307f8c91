/** Everything that may stand in tare.yaml: the section of each room, composed. */
import { z } from "zod";
import { AllocationSection } from "#accounting";
import { StaticKeySection } from "#access";
import { AlertsSection, ObjectivesSection } from "#alerts";
import { BillsSection, ExchangeRatesSection } from "#bills";
import { BudgetsSection } from "#budget";
import { CommitmentsSection } from "#commitments";
import { EconomicsSection, TargetsSection } from "#economics";
import { LimitsSection } from "#gateway";
import { StepRatesSection } from "#intake";
import { JournalSection } from "#journal";
import { MetersSection } from "#meters";
import { ReportsSection } from "#reports";
import { routingSections } from "#routing";
import { SizeText } from "#units";
import { TelemetrySection } from "#telemetry";
import { ListenSection } from "./listen-section.ts";
import { LogSection } from "./log-section.ts";
import { RetentionSection } from "./retention-section.ts";

const not_built = { code: "not_built" } as const;

const LEDGER_MEMORY_MIN = 128 * 1024 * 1024;

/** Here and not in the ledger's room, which would bring its database into every process that reads a configuration. */
const LedgerSection = z.strictObject({
  memory: SizeText.refine((bytes) => bytes >= LEDGER_MEMORY_MIN, { error: "the ledger needs at least 128MiB" })
    .prefault("512MiB")
    .describe(
      "Memory of the ledger's database at most. What questions need beyond it goes to disk, beside the ledger. The office takes up to 700 MiB besides, and more for the seconds of a checkpoint.",
    ),
});

const ContentSection = z.strictObject({
  capture: z
    .enum(["off", "metadata", "full"])
    .refine((capture) => capture === "off", {
      error: "prompts and answers cannot be kept yet; only off is built",
      params: not_built,
    })
    .default("off")
    .describe("Whether prompts and answers are kept. Only `off` is built."),
});

const BudgetsWithOptions = z.strictObject({
  refusal_status: z
    .literal([402, 429])
    .default(402)
    .describe("HTTP status of a call that a budget refuses; 429 for clients that know no 402."),
  list: BudgetsSection.describe("The budgets."),
});

export const ConfigFile = z.strictObject({
  listen: ListenSection.prefault({}).describe("Where Tare listens."),
  data: z.string().min(1).max(4096).default("./tare-data").describe("The one folder everything is kept in."),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: "write a currency's three capital letters, such as USD", abort: true })
    .refine((currency) => currency === "USD", {
      error: "price lists are in USD, and conversion at dated rates is not built yet",
      params: not_built,
    })
    .default("USD")
    .describe("The book currency, fixed at first start. Only `USD` is built."),
  timezone: z
    .string()
    .refine(isTimeZone, { error: "write a time zone's IANA name, such as Europe/Berlin or UTC" })
    .default("UTC")
    .describe("The time zone in which days, weeks and months are cut where nobody asks for another."),
  ...routingSections,
  keys: z.array(StaticKeySection).max(10_000).default([]).describe("Static keys; others come from `tare key create`."),
  journal: JournalSection.prefault({}).describe("How the record of what happened is written."),
  ledger: LedgerSection.prefault({}).describe("How the ledger is kept."),
  retention: RetentionSection.prefault({}).describe("How long what is kept is kept."),
  log: LogSection.prefault({}).describe("What is logged."),
  content: ContentSection.prefault({}).describe("Whether prompts and answers are kept."),
  limits: LimitsSection.prefault({}).describe("What the data plane takes before it refuses."),
  budgets: z
    .union([BudgetsSection, BudgetsWithOptions])
    .describe("What may be spent: a list of budgets, or a section of the list and what goes for all of them."),
  slos: ObjectivesSection.default([]).describe(
    "What is promised of calls: how many are answered, how fast, at what cost. How fast the allowance goes is shown and alerted of.",
  ),
  targets: TargetsSection.default([]).describe(
    "What one interaction, active user or successful outcome may cost on average. A target that is missed is shown and alerted of.",
  ),
  economics: EconomicsSection.prefault({}).describe(
    "What is assumed to say whether a feature is worth its cost and what latency costs. Each assumption is shown wherever its figure is.",
  ),
  step_rates: StepRatesSection.prefault([]),
  bills: BillsSection.prefault({}).describe(
    "Costs from outside: what imported charges pay for, and what comes every month.",
  ),
  reports: ReportsSection.default({}).describe(
    "By provider: its own usage and cost reports, fetched and held against the ledger. Formats `openai` and `anthropic`.",
  ),
  commitments: CommitmentsSection.default([]).describe(
    "What was paid or promised to providers ahead of its use. How much of it is drawn, and when it is used up, is shown.",
  ),
  exchange_rates: ExchangeRatesSection.prefault([]),
  meters: MetersSection.prefault([]),
  allocation: AllocationSection.prefault([]).describe(
    "How costs that no feature carries are shared: bills, people, idle machines. The first rule that fits takes a cost.",
  ),
  alerts: AlertsSection.optional().describe("Who is told when a budget or price needs somebody. Nobody without it."),
  telemetry: TelemetrySection.prefault({}).describe("Spans and metrics of the gateway's own calls, for other tools."),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** The published JSON Schema of tare.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ConfigFile, { io: "input" });
  return { $schema, title: "tare.yaml", description: "Configuration of Tare.", ...schema };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
