/** Route and state to a flat list of attempts, made before the first byte goes out. */
export { type Provider, type Route, type Target, type Timeouts } from "./route.ts";
