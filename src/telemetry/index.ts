/** Spans and metrics sent out by OTLP: made of ledger entries, bounded, and never in a call's way. */
export { type Seller } from "./seller.ts";
export { type LastingMark, Telemetry, type TelemetryState } from "./telemetry.ts";
export { endpointProblem, TelemetrySection, type TelemetrySettings } from "./telemetry-config.ts";
