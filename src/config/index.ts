/** The configuration file: every room's own section composed, read whole, checked, and compiled for the gateway. */
export { allowedOrigins, type Config } from "./config.ts";
export { compileSnapshot, configuredPrices } from "./compile-snapshot.ts";
export { configDocs } from "./config-docs.ts";
export { type ConfigProblem, describeConfigProblem } from "./config-problem.ts";
export { defaultConfigText } from "./default-config.ts";
export { openConfig, type SealedConfig, sealConfig } from "./seal-config.ts";
export { readConfig } from "./read-config.ts";
