/** Simulated providers with their own encoders and invoices, and a workload that calls them through the gateway. */
export { type DemoConfiguration, demoConfiguration } from "./demo-configuration.ts";
export { demoFaults } from "./faults.ts";
export { startGpuFleet } from "./gpu-fleet.ts";
export { type InvoiceLine } from "./invoice.ts";
export { openTrace, type Trace } from "./trace-file.ts";
export { type SimulatedProviders, startSimulatedProviders } from "./simulated-providers.ts";
export { type DemoKey, startWorkload, type Workload } from "./workload.ts";
