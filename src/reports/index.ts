/** What providers say they were used for and billed: their usage and cost reports, fetched, read, cut into days. */
export { type ProviderReport, type ReportFormat } from "./report.ts";
export { classOfMeter, meterOf } from "./meter.ts";
export { readReport } from "./read-report.ts";
export { type ReportProblem } from "./report-page.ts";
export { fromReportDays, toReportDays } from "./report-days.ts";
export { fetchReport } from "./fetch-report.ts";
export { reportAddress, ReportsSection, type ReportSettings } from "./reports-config.ts";
