/** Fleets of GPUs, measured by scraping their exporters: time busy and idle, work done, bills of it. */
export { decodeInterval } from "./interval.ts";
export { Meter } from "./meter.ts";
export { billsOf, meterBillIds } from "./meter-bills.ts";
export { reportMeter } from "./meter-report.ts";
export { type MeterSettings, MetersSection } from "./meters-config.ts";
