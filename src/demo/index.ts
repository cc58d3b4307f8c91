/** Simulated providers with their own encoders and invoices, and a workload that calls them through the gateway. */
export { demoFaults, type FaultRates } from "./faults.ts";
export { type InvoiceLine } from "./invoice.ts";
export { type Latency } from "./latency.ts";
export {
  type SimulatedAddress,
  type SimulatedProviders,
  type SimulatedProvidersOptions,
  startSimulatedProviders,
} from "./simulated-providers.ts";
