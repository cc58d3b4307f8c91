/** What a thread counts and measures, with the labels of each. */
import { type Family } from "./metrics.ts";

export const attemptsTotal: Family = {
  name: "tare_attempts_total",
  labels: ["route", "provider", "operation", "state", "status", "error"],
};
export const refusalsTotal: Family = { name: "tare_refusals_total", labels: ["code"] };
export const refusalsUnwritten: Family = { name: "tare_refusals_unwritten_total", labels: [] };
export const budgetOverruns: Family = { name: "tare_budget_overruns_total", labels: ["provider", "bound"] };
export const cacheLookups: Family = { name: "tare_cache_lookups_total", labels: ["route", "result"] };
export const avoidedNanos: Family = { name: "tare_avoided_nanos_total", labels: ["route"] };
export const undeliveredNanos: Family = { name: "tare_undelivered_nanos_total", labels: ["route", "provider"] };
export const settlementsDelayed: Family = { name: "tare_settlements_delayed_total", labels: [] };
export const callDuration: Family = { name: "tare_call_duration_seconds", labels: ["route", "status"] };
export const attemptDuration: Family = {
  name: "tare_attempt_duration_seconds",
  labels: ["route", "provider", "operation"],
};
export const firstContent: Family = { name: "tare_first_content_seconds", labels: ["route", "provider"] };
export const overhead: Family = { name: "tare_overhead_seconds", labels: ["operation"] };
